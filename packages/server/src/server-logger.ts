import { destination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { ResolvedServerOptions } from './options.js'

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARNING',
  50: 'ERROR',
  60: 'CRITICAL',
}

/** The log of the server on standard error: JSON for programs, or lines as plugins write them. */
export function createServerLogger(options: Pick<ResolvedServerOptions, 'logFormat' | 'logLevel'>): Logger {
  const settings = {
    level: options.logLevel,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', '*.authorization', '*.password', '*.secret'],
  }
  const stderr = destination({ dest: 2, sync: true })
  if (options.logFormat === 'json') return pino(settings, stderr)
  return pino(settings, { write: (line: string) => void stderr.write(textLine(line)) })
}

function textLine(line: string): string {
  const { level, time, msg, err, ...fields }: Record<string, unknown> = JSON.parse(line)
  const when = String(time).slice(0, 19).replace('T', ' ')
  const name = LEVEL_NAMES[Number(level)] ?? 'INFO'
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`
  return `${when} - ops_center.server - ${name} - ${String(msg ?? '')}${rest}${stackOf(err)}\n`
}

function stackOf(err: unknown): string {
  return typeof err === 'object' && err !== null && 'stack' in err ? `\n${String(err.stack)}` : ''
}
