import { expect, it } from 'vitest'
import type { QueuedDelivery } from '../../src/events/queued-deliveries.js'
import { settledJobs } from '../../src/events/settled-jobs.js'

const event = (event_id: string) => ({
  event_id,
  organization_id: 'default',
  name: 'device.created',
  payload: {},
  caused_by: null,
  occurred_at: '2026-01-27T10:30:45.000Z',
})
const single = (id: string): QueuedDelivery => ({ event: event(id), job_id: id, attempt: 1, size: 2 })
const group = (id: string, events: string[]): QueuedDelivery[] => {
  const job = { id, events }
  return events.map((one, place) => ({
    event: event(one),
    job_id: one,
    attempt: 1,
    size: 2,
    group: { job, place },
  }))
}

it('a job that stands for several deliveries is done with the last of them', () => {
  const both = [...group('g', ['a', 'b', 'c']), single('d')]
  expect(settledJobs(both)).toEqual({ done: ['g', 'd'], rest: undefined })
})

it('a job that a batch had no room for keeps what is left', () => {
  const deliveries = [single('x'), ...group('g', ['a', 'b', 'c', 'd'])]
  expect(settledJobs(deliveries.slice(0, 3))).toEqual({ done: ['x'], rest: { id: 'g', events: ['c', 'd'] } })
  expect(settledJobs(deliveries.slice(3))).toEqual({ done: ['g'], rest: undefined })
})
