import { OpsError } from './errors.js'

/** A length of time: a number of milliseconds, or a string such as `'500ms'`, `'30s'`, `'5m'`, `'1h30m'`, `'7d'`. */
export type Duration = number | string

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const WHOLE = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

/**
 * Milliseconds of a {@link Duration}.
 *
 * @throws OpsError `duration_invalid` for anything negative, not finite or not understood.
 * @example parseDuration('1h30m') // 5_400_000
 */
export function parseDuration(value: Duration): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  if (typeof value === 'string' && WHOLE.test(value)) {
    let total = 0
    for (const [, amount, unit] of value.matchAll(PART)) total += Number(amount) * (UNITS[unit ?? ''] ?? 0)
    return total
  }
  throw new OpsError(
    'duration_invalid',
    `${JSON.stringify(value)} is not a duration: expected milliseconds (5000) or a string such as "30s", "5m" or "1h30m"`,
  )
}
