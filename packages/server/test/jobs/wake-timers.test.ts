import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WakeTimers } from '../../src/jobs/wake-timers.js'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

it('wakes a queue once its jobs are due, with one timer for many', () => {
  const wake = vi.fn()
  const timers = new WakeTimers(wake)
  for (let index = 0; index < 10_000; index += 1) timers.add('one', new Date(1_005_000 + (index % 40)))
  timers.add('two', new Date(1_005_000))
  expect(timers.size).toBe(2)
  vi.advanceTimersByTime(5_000)
  expect(wake).not.toHaveBeenCalled()
  vi.advanceTimersByTime(50)
  expect(wake.mock.calls).toEqual([['one'], ['two']])
  expect(timers.size).toBe(0)
})

it('leaves to the poll what is due already, or later than a timer can wait', () => {
  const timers = new WakeTimers(vi.fn())
  timers.add('one', new Date(900_000))
  timers.add('one', new Date(Date.now() + 2 ** 31))
  expect(timers.size).toBe(0)
})
