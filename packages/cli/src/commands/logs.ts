import { CliError } from '../cli-error.js'
import { listIn, textOf } from '../platform/answer.js'
import { followLogs } from '../platform/follow-logs.js'
import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { colors } from '../terminal/colors.js'
import { print, withoutControls } from '../terminal/print.js'
import type { VerbOptions } from './change-state.js'

export interface LogsOptions extends VerbOptions {
  readonly follow?: boolean
  readonly lines?: string
  readonly level?: string
}

const LEVELS = ['debug', 'info', 'warning', 'error', 'critical']

/** `logs <id> [-f]`: what a plugin wrote, oldest first. */
export async function logs(reference: string, options: LogsOptions): Promise<void> {
  const { follow = false, lines = '100', level, json = false, ...platform } = options
  const id = parsePluginId(reference)
  if (!/^[1-9]\d{0,4}$/.test(lines)) {
    throw new CliError(
      'lines_invalid',
      `--lines is ${JSON.stringify(lines)}: expected a number from 1 to 99999`,
    )
  }
  if (level !== undefined && !LEVELS.includes(level)) {
    throw new CliError('level_invalid', `--level is ${JSON.stringify(level)}: expected ${LEVELS.join(', ')}`)
  }
  const client = createPlatformClient(platform)
  const show = (entry: Record<string, unknown>) => print(json ? JSON.stringify(entry) : formatEntry(entry))
  const path = `/plugins/${pathSegment(id)}/logs`
  if (follow) await followLogs(client, path, { lines, level }, show)
  else for (const entry of listIn(await client.request('GET', path, { query: { lines, level } }))) show(entry)
}

function formatEntry(entry: Record<string, unknown>): string {
  const level = textOf(entry, 'level')
  const time = textOf(entry, 'time')
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')
    .replace(/Z$/, '')
  const paint =
    level === 'error' || level === 'critical' ? colors.red : level === 'warning' ? colors.yellow : colors.dim
  const message = textOf(entry, 'message').split('\n').map(withoutControls).join('\n    ')
  return `${colors.dim(withoutControls(time))} ${paint(withoutControls(level.toUpperCase()).padEnd(8))} ${message}`
}
