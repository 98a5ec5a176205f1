/** What a log line says besides its message. */
export type LogFields = Readonly<Record<string, unknown>>

/** Writes one line: a message, or anything that was thrown, with its stack. Never throws. */
export interface LogMethod {
  (message: string, fields?: LogFields): void
  (error: unknown, fields?: LogFields): void
}

/**
 * Log of a plugin.
 *
 * @example
 * plugin.logger.info('Trained', { devices: 12 })
 * plugin.logger.error(error, { device_id })
 */
export interface Logger {
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warning: LogMethod
  /** The same as `warning`. */
  readonly warn: LogMethod
  readonly error: LogMethod
  readonly critical: LogMethod
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger
  /** From now on this value is printed as `***`, by this logger and all its children; under 4 characters it is not looked for. */
  addSecret(value: string): void
}
