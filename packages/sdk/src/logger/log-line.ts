import { findLogLevel, type LogLevel } from './log-level.js'

/** One log line in JSON. */
export interface LogRecord {
  /** RFC 3339, UTC. */
  time: string
  level: LogLevel
  /** `ops_center.plugin.{id}`. */
  logger: string
  plugin_id?: string
  message: string
  [field: string]: unknown
}

/** Names a field cannot take from the line itself. */
export const LINE_FIELDS: ReadonlySet<string> = new Set(['time', 'level', 'logger', 'plugin_id', 'message'])

/** The record of a JSON log line; `undefined` for any other text, such as what `console.log` printed. */
export function parseLogLine(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { time, level, logger, message, ...fields } = { ...value } as Readonly<Record<string, unknown>>
  const known = typeof level === 'string' ? findLogLevel(level) : undefined
  if (typeof time !== 'string' || known === undefined) return undefined
  if (typeof logger !== 'string' || typeof message !== 'string') return undefined
  return { ...fields, time, level: known, logger, message }
}

/**
 * A record as people read it: `2024-01-27 10:30:45 - ops_center.plugin.my-plugin - INFO - Message key=value`.
 * Stacks follow on lines of their own; all but the first line are indented, so that no message can forge a line.
 */
export function formatTextLine(record: LogRecord): string {
  const { time, level, logger, message } = record
  const when = time.slice(0, 19).replace('T', ' ')
  const words: string[] = []
  const stacks: string[] = []
  for (const [name, value] of Object.entries(record)) {
    if (LINE_FIELDS.has(name) || value === undefined) continue
    const stack = stackOf(value)
    if (stack === undefined) words.push(`${name}=${formatValue(value)}`)
    else stacks.push(stack)
  }
  const text = [[message, ...words].filter((word) => word !== '').join(' '), ...stacks].join('\n')
  return `${when} - ${logger} - ${level.toUpperCase()} - ${tame(text)}`
}

function formatValue(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value
  return JSON.stringify(value) ?? ''
}

/** The stack of an error in a field, with those of its causes. */
function stackOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!('stack' in value) || typeof value.stack !== 'string') return undefined
  const cause = 'cause' in value ? value.cause : undefined
  if (cause === undefined) return value.stack
  return `${value.stack}\ncaused by: ${stackOf(cause) ?? formatValue(cause)}`
}

function tame(text: string): string {
  return text
    .replace(/\r\n|[\r\u2028\u2029\v\f\u0085]/g, '\n')
    .replace(/\n/g, '\n    ')
    .replace(/[^\P{Cc}\n\t]/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
