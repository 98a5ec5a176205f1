export { createLogger, type LogFormat, type LoggerOptions } from './create-logger.js'
export { LOG_LEVELS, type LogLevel, parseLogLevel } from './log-level.js'
export { formatTextLine, type LogRecord, parseLogLine } from './log-line.js'
export type { LogFields, Logger, LogMethod } from './logger.js'
