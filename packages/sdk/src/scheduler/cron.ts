import { Cron } from 'croner'
import { errorMessage, OpsError } from '../errors.js'

const UTC = 'UTC'
const REMEMBERED = 500
const parsed = new Map<string, Cron>()

/**
 * Checks a cron expression: five fields, six beginning with seconds, or a nickname such as `@daily`. Returns it with
 * single spaces.
 *
 * @throws OpsError `cron_invalid`, naming the text; also for dates that never come, such as 31 February.
 * @example parseCron(' 0  *  * * *') // '0 * * * *'
 */
export function parseCron(text: string): string {
  const cron = typeof text === 'string' ? text.trim().replace(/\s+/g, ' ') : ''
  if (nextRun(text, new Date()) === undefined) throw invalid(text, 'no such date ever comes')
  return cron
}

/**
 * Checks an IANA time zone name.
 *
 * @throws OpsError `timezone_invalid`.
 */
export function assertTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch (cause) {
    throw new OpsError(
      'timezone_invalid',
      `${JSON.stringify(timezone)} is not a time zone: expected an IANA name such as "Europe/Berlin" or "UTC"`,
      { cause },
    )
  }
}

/**
 * The first time after `after` that a cron expression names, or undefined when there is none. Where the clock is put
 * forward, a fixed time that is left out comes at the jump; where it is put back, a fixed time comes once.
 *
 * @param timezone IANA name. Default: UTC.
 * @throws OpsError `cron_invalid`, `timezone_invalid`.
 * @example nextRun('0 6 * * *', new Date('2026-01-01T07:00:00Z')) // 2026-01-02T06:00:00Z
 */
export function nextRun(cron: string, after: Date, timezone = UTC): Date | undefined {
  return croner(cron, timezone).nextRun(after) ?? undefined
}

/** The latest times up to and including `until`, oldest first, at most `most` of them. */
export function latestRuns(cron: string, until: Date, most: number, timezone = UTC): Date[] {
  // croner looks strictly before its reference.
  const reference = new Date(until.getTime() + 1)
  return croner(cron, timezone).previousRuns(most, reference).reverse()
}

function croner(cron: string, timezone: string): Cron {
  const key = `${timezone} ${cron}`
  const known = parsed.get(key)
  if (known !== undefined) return known
  assertTimezone(timezone)
  const made = parse(cron, timezone)
  if (parsed.size >= REMEMBERED) parsed.clear()
  parsed.set(key, made)
  return made
}

function parse(cron: string, timezone: string): Cron {
  let made: Cron
  try {
    made = new Cron(cron, { mode: '5-or-6-parts', timezone })
  } catch (cause) {
    throw invalid(cron, errorMessage(cause), cause)
  }
  // croner also takes a date, which runAt is for.
  if (made.getPattern() === undefined) throw invalid(cron, 'it is a date: use runAt')
  return made
}

function invalid(cron: unknown, reason: string, cause?: unknown): OpsError {
  return new OpsError(
    'cron_invalid',
    `${JSON.stringify(cron)} is not a cron expression (${reason}): expected five fields such as "*/5 * * * *", ` +
      'six beginning with seconds, or "@hourly"',
    { cause },
  )
}
