import { expect } from 'vitest'
import { createLogger, type LoggerOptions } from '../../src/logger/create-logger.js'
import { parseLogLine } from '../../src/logger/log-line.js'
import type { Logger } from '../../src/logger/logger.js'

/** A logger and the lines it wrote. */
export function capture(options: Partial<LoggerOptions> = {}): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  return { logger: createLogger({ name: 'my-plugin', env: {}, destination, ...options }), lines }
}

/** The only line of a logger in JSON. */
export function record(
  options: Partial<LoggerOptions>,
  write: (logger: Logger) => void,
): Record<string, unknown> {
  const { logger, lines } = capture({ format: 'json', level: 'debug', ...options })
  write(logger)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^[^\n]+\n$/)
  return { ...parseLogLine(lines[0] ?? '') }
}
