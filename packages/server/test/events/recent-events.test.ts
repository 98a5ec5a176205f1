import { expect, it } from 'vitest'
import { RecentEvents } from '../../src/events/recent-events.js'

const event = (event_id: string) => ({
  event_id,
  organization_id: 'default',
  name: 'device.created',
  payload: { device_id: event_id },
  caused_by: null,
  occurred_at: '2026-01-27T10:30:45.000Z',
})

it('keeps the latest events, and forgets the oldest when there is too much of them', () => {
  const recent = new RecentEvents()
  for (const id of ['a', 'b', 'c']) recent.add(event(id), 3_500_000)
  expect(recent.get(event('a'))).toBeUndefined()
  expect(recent.get(event('b'))?.event).toEqual(event('b'))
  expect(recent.get(event('c'))).toEqual({ event: event('c'), size: expect.any(Number) })
})

it('keeps an event as it was told last: what was told before was of a transaction that failed', () => {
  const recent = new RecentEvents()
  recent.add(event('a'), 5_000_000)
  recent.add({ ...event('a'), payload: {} }, 5_000_000)
  expect(recent.get(event('a'))?.event.payload).toEqual({})
})

it('keeps events of two organizations apart, although they have the same id', () => {
  const recent = new RecentEvents()
  const other = { ...event('a'), organization_id: 'other', payload: {} }
  recent.add(event('a'), 10)
  recent.add(other, 10)
  expect(recent.get(event('a'))?.event).toEqual(event('a'))
  expect(recent.get(other)?.event).toEqual(other)
})

it('does not keep more and more of events that say nothing', () => {
  const recent = new RecentEvents()
  for (let index = 0; index < 30_000; index += 1) recent.add(event(`${index}`), 2)
  expect(recent.get(event('0'))).toBeUndefined()
  expect(recent.get(event('29999'))).toBeDefined()
})
