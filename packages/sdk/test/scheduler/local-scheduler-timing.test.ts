import { describe, expect, it } from 'vitest'
import { hanging, setUp } from './local-scheduler-setup.js'

const HOUR = 3_600_000

describe('a missed cron run', () => {
  const sleepThrough = async (misfire: 'skip' | 'one' | 'all') => {
    const { scheduler, clock, times, record, logger } = setUp()
    await scheduler.schedule('0 * * * *', 'hourly', record, { misfire })
    await clock.advance('1h')
    clock.jump(3.5 * HOUR)
    await clock.advance('1m')
    const atOnce = [...times]
    await clock.advance('29m')
    return { atOnce, later: times.slice(atOnce.length), warnings: logger.warning.mock.calls.length }
  }

  it('is made up for by one run with "one"', async () => {
    expect(await sleepThrough('one')).toEqual({
      atOnce: ['01:00:00', '04:00:00'],
      later: ['05:00:00'],
      warnings: 0,
    })
  })

  it('is left out with "skip", and told', async () => {
    expect(await sleepThrough('skip')).toEqual({ atOnce: ['01:00:00'], later: ['05:00:00'], warnings: 1 })
  })

  it('is made up for by every run, one after another, with "all"', async () => {
    const all = ['01:00:00', '02:00:00', '03:00:00', '04:00:00']
    expect(await sleepThrough('all')).toEqual({ atOnce: all, later: ['05:00:00'], warnings: 0 })
  })

  it('waits for the one before it with "all", whatever the overlap policy', async () => {
    const { scheduler, clock } = setUp()
    const { state, handler } = hanging()
    await scheduler.schedule('0 * * * *', 'slow', handler, { misfire: 'all', overlap: 'allow' })
    clock.jump(3 * HOUR)
    await clock.advance('1m')
    expect(state.started).toBe(1)
    state.finish()
    await clock.advance('1s')
    expect(state.started).toBe(2)
  })

  it('never piles up: a year of missed seconds is one run, or a thousand with "all"', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.schedule('* * * * * *', 'one', record)
    clock.jump(365 * 24 * HOUR)
    await clock.advance('500ms')
    expect(times.length).toBe(0)
    await clock.advance('500ms')
    expect(times.length).toBe(1)
    await scheduler.cancelAll()
    await scheduler.schedule('* * * * * *', 'all', record, { misfire: 'all' })
    clock.jump(365 * 24 * HOUR)
    await clock.advance('1s')
    expect(times.length).toBe(1001)
  })

  it('is no misfire when it is only a little late', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.schedule('0 * * * *', 'hourly', record, { misfire: 'skip' })
    clock.jump(HOUR + 20_000)
    await clock.advance('30s')
    expect(times).toEqual(['01:00:00'])
  })
})

describe('a clock that is set', () => {
  it('forwards brings a one-shot within half a minute', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.runIn('6h', record)
    clock.jump(6 * HOUR)
    await clock.advance('30s')
    expect(times).toEqual(['06:00:00'])
  })

  it('backwards does not silence a cron task until the old time comes again', async () => {
    const { scheduler, clock, times, record } = setUp()
    await scheduler.schedule('*/10 * * * *', 'poll', record)
    await clock.advance('10m')
    clock.jump(-5 * HOUR)
    await clock.advance('10m')
    expect(times).toEqual(['00:10:00', '19:20:00'])
  })

  it('does not matter to a wait that no timer can count in one piece', async () => {
    const { scheduler, clock, times, record } = setUp({ checkEvery: '100d' })
    await scheduler.runIn('60d', record)
    await clock.advance('59d')
    expect(times).toEqual([])
    await clock.advance('1d')
    expect(times.length).toBe(1)
  })
})
