import { describe, expect, it } from 'vitest'
import { callTimeout, handlerTimeouts, togetherInTime } from '../../src/events/hook-times.js'

const hooks = [
  { event: 'device.created', handler: 'slow', priority: 10, timeout: '1m' },
  { event: 'device.*', handler: 'quick', priority: 10 },
  { event: 'alert.created', handler: 'other', priority: 10, timeout: 500 },
]

describe('the time a batch has', () => {
  it('is what its handlers may take one after the other, and a margin', () => {
    expect(callTimeout(hooks, [{ name: 'device.created' }], 1_000)).toBe(66_000)
    expect(callTimeout(hooks, [{ name: 'device.deleted' }, { name: 'alert.created' }], 1_000)).toBe(6_500)
  })

  it('counts only the handlers that a repeated delivery is for', () => {
    expect(callTimeout(hooks, [{ name: 'device.created', handlers: ['quick'] }], 1_000)).toBe(6_000)
  })

  it('has a limit', () => {
    const many = Array.from({ length: 200 }, () => ({ name: 'device.created' }))
    expect(callTimeout(hooks, many, 1_000)).toBe(240_000)
  })

  it('is all that its handlers have for an event that goes alone', () => {
    const patient = [{ event: 'report.due', handler: 'write', priority: 10, timeout: '10m' }]
    expect(callTimeout(patient, [{ name: 'report.due' }], 1_000)).toBe(605_000)
    expect(callTimeout([], [{ name: 'report.due' }], 1_000)).toBe(5_000)
    const endless = [{ event: 'report.due', handler: 'write', priority: 10, timeout: '60d' }]
    expect(callTimeout(endless, [{ name: 'report.due' }], 1_000)).toBe(2 ** 31 - 1)
  })

  it('is not shared with an event whose handlers may take longer than a batch', () => {
    const patient = [...hooks, { event: 'report.due', handler: 'write', priority: 10, timeout: '10m' }]
    const quick = { name: 'device.created' }
    const long = { name: 'report.due' }
    expect(togetherInTime(patient, [quick, quick, long, quick], 1_000)).toBe(2)
    expect(togetherInTime(patient, [long, quick], 1_000)).toBe(1)
    expect(togetherInTime(patient, [quick, { ...long, handlers: ['quick'] }, quick], 1_000)).toBe(3)
    expect(
      togetherInTime(
        hooks,
        Array.from({ length: 200 }, () => quick),
        1_000,
      ),
    ).toBe(200)
  })

  it('names the handlers that state their own', () => {
    expect(handlerTimeouts(hooks)).toEqual({ slow: 60_000, other: 500 })
    expect(handlerTimeouts([])).toBeUndefined()
  })
})
