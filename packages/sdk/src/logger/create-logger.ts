import { pino } from 'pino'
import { errorMessage, OpsError } from '../errors.js'
import { findLogLevel, type LogLevel, parseLogLevel } from './log-level.js'
import { formatTextLine, LINE_FIELDS, parseLogLine } from './log-line.js'
import type { LogFields, Logger, LogMethod } from './logger.js'
import { type PrintRules, printable } from './printable.js'
import { createSecrets } from './secrets.js'

/** How lines look. */
const LOG_FORMATS = ['text', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** Settings of a logger. */
export interface LoggerOptions {
  /** The plugin's id, printed as `ops_center.plugin.{id}`; a name that begins with `ops_center.` stays as it is. */
  name: string
  /** Default: `OPS_CENTER_LOG_FORMAT`, else `'text'`. */
  format?: LogFormat | undefined
  /** Least urgent level to print. Default: `OPS_CENTER_LOG_LEVEL`, else `'info'`. */
  level?: LogLevel | undefined
  /** Added to each line. */
  fields?: LogFields | undefined
  /** Asked at each line for more fields, such as what the plugin is doing just then. */
  context?: (() => LogFields) | undefined
  /** Where lines go, each with its line break. Default: standard output. */
  destination?: { write(line: string): unknown } | undefined
  /** Further field names whose values are secrets; those that look like one (`password`, `api_key`) always are. */
  redact?: readonly string[] | undefined
  /** Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>> | undefined
}

const ROOT_PREFIX = 'ops_center.'
const PLUGIN_PREFIX = `${ROOT_PREFIX}plugin.`
const PINO_LEVELS: Readonly<Record<LogLevel, number>> = {
  debug: 20,
  info: 30,
  warning: 40,
  error: 50,
  critical: 60,
}

/** Looked up at each line, so that a replaced standard output is honoured. */
const standardOutput = { write: (line: string) => process.stdout.write(line) }

/** A wrong variable must not break a plugin, so it gives the default and a complaint. */
function fromEnvironment<T>(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  find: (text: string) => T | undefined,
  fallback: T,
  complain: (message: string) => void,
): T {
  const text = env[name]?.trim() ?? ''
  if (text === '') return fallback
  const found = find(text)
  if (found === undefined)
    complain(`${name} is ${JSON.stringify(text)}, which is not understood: using "${fallback}"`)
  return found ?? fallback
}

function identity(name: string): { logger: string; plugin_id?: string } {
  const logger = name.startsWith(ROOT_PREFIX) ? name : PLUGIN_PREFIX + name
  return logger.startsWith(PLUGIN_PREFIX)
    ? { logger, plugin_id: logger.slice(PLUGIN_PREFIX.length) }
    : { logger }
}

function checkedFormat(format: LogFormat): LogFormat {
  if (LOG_FORMATS.includes(format)) return format
  throw new OpsError(
    'log_format_invalid',
    `${JSON.stringify(format)} is not a log format: expected text or json`,
  )
}

function printableFields(fields: object, rules: PrintRules): object {
  const shown = printable(fields, rules)
  return typeof shown === 'object' && shown !== null && !Array.isArray(shown) ? shown : { fields: shown }
}

function messageOf(what: unknown, rules: PrintRules): string {
  if (typeof what === 'string' || what instanceof Error) return rules.secrets.mask(errorMessage(what))
  const shown = printable(what, rules)
  return typeof shown === 'string' ? shown : String(JSON.stringify(shown))
}

/** Fields under the names of the line itself get an underscore, so that none can disguise its line. */
function freeOfLineFields(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [LINE_FIELDS.has(name) ? `${name}_` : name, value]),
  )
}

/**
 * A logger. Nothing is printed twice, no field can make it throw, and secrets are masked by name and by value.
 *
 * @throws OpsError for a `level` or `format` it does not know; a wrong environment variable is only complained about.
 * @example
 * const logger = createLogger({ name: 'my-plugin' })
 * logger.info('Message') // 2024-01-27 10:30:45 - ops_center.plugin.my-plugin - INFO - Message
 */
export function createLogger(options: LoggerOptions): Logger {
  const { destination = standardOutput, env = process.env } = options
  const complaints: string[] = []
  const complain = (message: string) => complaints.push(message)
  const level =
    options.level === undefined
      ? fromEnvironment<LogLevel>(env, 'OPS_CENTER_LOG_LEVEL', findLogLevel, 'info', complain)
      : parseLogLevel(options.level)
  const findFormat = (text: string) => LOG_FORMATS.find((format) => format === text.toLowerCase())
  const format =
    options.format === undefined
      ? fromEnvironment<LogFormat>(env, 'OPS_CENTER_LOG_FORMAT', findFormat, 'text', complain)
      : checkedFormat(options.format)
  const rules: PrintRules = {
    secrets: createSecrets(),
    secretNames: new Set(options.redact?.map((field) => field.toLowerCase())),
  }
  const write = (line: string) => {
    const record = format === 'text' ? parseLogLine(line) : undefined
    destination.write(record === undefined ? line : `${formatTextLine(record)}\n`)
  }
  const sink = pino(
    {
      level,
      customLevels: { ...PINO_LEVELS },
      useOnlyCustomLevels: true,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      base: identity(options.name),
    },
    { write },
  )

  // Kept as given and made printable with each line, as a secret may become known in between.
  const build = (bound: readonly object[]): Logger => {
    const method =
      (at: LogLevel): LogMethod =>
      (what: unknown, fields?: LogFields) => {
        if (!sink.isLevelEnabled(at)) return
        try {
          const own = fields instanceof Error ? { error: fields } : fields
          const thrown = typeof what === 'string' ? {} : { error: what }
          const given = [options.context?.() ?? {}, ...bound, own ?? {}, thrown].map((part) =>
            printableFields(part, rules),
          )
          const shown = Object.fromEntries(given.flatMap(Object.entries))
          sink[at](freeOfLineFields(shown), messageOf(what, rules))
        } catch (error) {
          // A log line must never be the reason why a handler fails.
          sink[at]({}, `[a line that cannot be printed: ${errorMessage(error)}]`)
        }
      }
    const warning = method('warning')
    return {
      debug: method('debug'),
      info: method('info'),
      warning,
      warn: warning,
      error: method('error'),
      critical: method('critical'),
      child: (fields) => build([...bound, fields]),
      addSecret: (value) => rules.secrets.add([value]),
    }
  }
  const logger = build([options.fields ?? {}])
  for (const complaint of complaints) logger.warning(complaint)
  return logger
}
