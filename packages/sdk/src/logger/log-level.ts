import { OpsError } from '../errors.js'

/** Levels, least urgent first. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The level a text names, in any case; `warn` and `fatal` are understood. `undefined` when it names none. */
export function findLogLevel(text: string): LogLevel | undefined {
  const wanted = text.trim().toLowerCase()
  if (wanted === 'warn') return 'warning'
  if (wanted === 'fatal') return 'critical'
  return LOG_LEVELS.find((level) => level === wanted)
}

/**
 * The level a text names.
 *
 * @throws OpsError `log_level_invalid` when it names none.
 * @example parseLogLevel('WARN') // 'warning'
 */
export function parseLogLevel(text: string): LogLevel {
  const level = findLogLevel(text)
  if (level !== undefined) return level
  const known = LOG_LEVELS.join(', ')
  throw new OpsError(
    'log_level_invalid',
    `${JSON.stringify(text)} is not a log level: expected one of ${known}`,
  )
}
