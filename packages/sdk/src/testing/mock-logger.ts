import { createLogger } from '../logger/create-logger.js'
import type { LogLevel } from '../logger/log-level.js'
import { type LogRecord, parseLogLine } from '../logger/log-line.js'
import type { LogFields, Logger, LogMethod } from '../logger/logger.js'

/** Which log lines to look at. */
export interface LogQuery {
  level?: LogLevel
  /** A part of the message, or a pattern it matches. */
  message?: string | RegExp
}

/**
 * The real logger, writing into memory: the same fields, stacks and masked secrets.
 *
 * @example
 * const logger = new MockLogger()
 * logger.warning('Disk almost full', { free: 3 })
 * logger.getLogs({ level: 'warning' }) // [{ level: 'warning', message: 'Disk almost full', free: 3, ... }]
 */
export class MockLogger implements Logger {
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warning: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
  readonly critical: LogMethod
  readonly #logger: Logger
  #records: LogRecord[] = []

  constructor(name = 'test') {
    this.#logger = createLogger({
      name,
      format: 'json',
      level: 'debug',
      env: {},
      destination: { write: (line) => this.#keep(line) },
    })
    const { debug, info, warning, error, critical } = this.#logger
    this.debug = debug
    this.info = info
    this.warning = warning
    this.warn = warning
    this.error = error
    this.critical = critical
  }

  child(fields: LogFields): Logger {
    return this.#logger.child(fields)
  }

  addSecret(value: string): void {
    this.#logger.addSecret(value)
  }

  /** What was logged so far, oldest first, by this logger and its children. */
  getLogs({ level, message }: LogQuery = {}): LogRecord[] {
    return this.#records
      .filter((record) => level === undefined || record.level === level)
      .filter((record) => message === undefined || matches(record.message, message))
      .map((record) => structuredClone(record))
  }

  /** Forgets what was logged. */
  clear(): void {
    this.#records = []
  }

  #keep(line: string): void {
    const record = parseLogLine(line)
    if (record) this.#records.push(record)
  }
}

function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : text.search(wanted) !== -1
}
