import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latestRuns, nextRun, parseCron } from '../../src/scheduler/cron.js'

/** The next runs after a moment, one from the other. */
function runs(cron: string, after: string, count: number, timezone?: string): string[] {
  const found: string[] = []
  let last = new Date(after)
  for (let index = 0; index < count; index++) {
    const next = nextRun(cron, last, timezone)
    if (next === undefined) break
    found.push(next.toISOString())
    last = next
  }
  return found
}

describe('parseCron', () => {
  it('takes five fields, six fields and nicknames', () => {
    expect(parseCron('  0   *  * * MON-FRI ')).toBe('0 * * * MON-FRI')
    expect(parseCron('*/10 * * * * *')).toBe('*/10 * * * * *')
    expect(parseCron('@daily')).toBe('@daily')
  })

  it('refuses anything else, naming it and what is expected', () => {
    expect(() => parseCron('not a cron')).toThrow(
      /^"not a cron" is not a cron expression \(.*\): expected five fields/,
    )
    expect(() => parseCron('2026-01-01T00:00:00')).toThrow('it is a date: use runAt')
    expect(() => parseCron('0 0 31 2 *')).toThrow('no such date ever comes')
    expect(() => parseCron('@reboot')).toThrow('@reboot')
  })
})

describe('nextRun', () => {
  it('counts in UTC unless told otherwise', () => {
    expect(runs('0 6 * * *', '2026-01-01T07:00:00Z', 1)).toEqual(['2026-01-02T06:00:00.000Z'])
    expect(runs('0 6 * * *', '2026-01-01T07:00:00Z', 1, 'America/New_York')).toEqual([
      '2026-01-01T11:00:00.000Z',
    ])
  })

  it('is strictly after the moment given, to the millisecond', () => {
    expect(runs('* * * * * *', '2026-01-01T00:00:00.000Z', 1)).toEqual(['2026-01-01T00:00:01.000Z'])
    expect(runs('* * * * * *', '2026-01-01T00:00:00.999Z', 1)).toEqual(['2026-01-01T00:00:01.000Z'])
  })

  it('runs a daily task that summer time leaves out once, when the clock jumps', () => {
    expect(runs('30 2 * * *', '2026-03-28T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ])
  })

  it('runs a daily task once in the night that has its hour twice, and an hourly one twice', () => {
    expect(runs('30 2 * * *', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ])
    expect(runs('30 * * * *', '2026-10-25T00:00:00Z', 3, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T02:30:00.000Z',
    ])
  })

  it('is undefined when no time comes, and names an unknown time zone', () => {
    expect(nextRun('0 0 31 2 *', new Date())).toBeUndefined()
    expect(() => nextRun('* * * * *', new Date(), 'Mars/Base')).toThrow('"Mars/Base" is not a time zone')
  })
})

describe('latestRuns', () => {
  it('finds the same times backwards that nextRun finds forwards, summer time or not', () => {
    const cron = fc.constantFrom(
      '* * * * *',
      '30 2 * * *',
      '*/7 * * * *',
      '0 */5 * * *',
      '15 1-3 * * *',
      '*/40 * * * * *',
    )
    const around = fc.constantFrom('2026-03-29T00:00:00Z', '2026-10-25T00:00:00Z', '2026-06-01T00:00:00Z')
    const timezone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe')
    fc.assert(
      fc.property(
        cron,
        around,
        timezone,
        fc.integer({ min: -90_000, max: 90_000 }),
        (text, date, zone, seconds) => {
          const start = new Date(Date.parse(date) + seconds * 1000)
          const forwards = runs(text, start.toISOString(), 5, zone)
          const until = new Date(forwards.at(-1) ?? '')
          expect(latestRuns(text, until, 5, zone).map((run) => run.toISOString())).toEqual(forwards)
        },
      ),
    )
  })
})
