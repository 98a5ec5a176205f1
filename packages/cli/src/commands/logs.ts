import { CliError } from '../cli-error.js'
import { listIn, textOf } from '../platform/answer.js'
import { followLogs } from '../platform/follow-logs.js'
import { logFieldsOf } from '../platform/log-fields.js'
import { createPlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { colors } from '../terminal/colors.js'
import { print, printNote, withoutControls } from '../terminal/print.js'
import { shownTime } from '../terminal/shown-time.js'
import type { VerbOptions } from './change-state.js'

export interface LogsOptions extends VerbOptions {
  readonly follow?: boolean
  readonly lines?: string
  readonly level?: string
}

/** What the platform gives at once. */
const MAX_LINES = 10_000
const LEVELS = ['debug', 'info', 'warning', 'error', 'critical']

/** `logs <id> [-f]`: what a plugin wrote, oldest first. */
export async function logs(reference: string, options: LogsOptions): Promise<void> {
  const { follow = false, lines = '100', level, json = false, ...platform } = options
  const id = parsePluginId(reference)
  if (!/^[1-9]\d*$/.test(lines) || Number(lines) > MAX_LINES) {
    throw new CliError(
      'lines_invalid',
      `--lines is ${JSON.stringify(lines)}: expected a number from 1 to ${MAX_LINES}`,
    )
  }
  if (level !== undefined && !LEVELS.includes(level)) {
    throw new CliError('level_invalid', `--level is ${JSON.stringify(level)}: expected ${LEVELS.join(', ')}`)
  }
  const client = createPlatformClient(platform)
  const show = (entry: Record<string, unknown>) => print(json ? JSON.stringify(entry) : formatEntry(entry))
  const path = `/plugins/${pathSegment(id)}/logs`
  if (follow) await followLogs(client, path, { lines, level }, show)
  else {
    const entries = listIn(await client.request('GET', path, { query: { lines, level } }))
    for (const entry of entries) show(entry)
    if (entries.length === 0)
      printNote(`The log of ${id} has nothing${level === undefined ? '' : ' of that level'}`)
  }
}

function formatEntry(entry: Record<string, unknown>): string {
  const level = textOf(entry, 'level')
  const time = withoutControls(shownTime(textOf(entry, 'time')))
  const paint =
    level === 'error' || level === 'critical' ? colors.red : level === 'warning' ? colors.yellow : colors.dim
  const message = textOf(entry, 'message').split('\n').map(withoutControls).join('\n    ')
  const { text, stack } = logFieldsOf(entry)
  const line = `${colors.dim(time)} ${paint(withoutControls(level.toUpperCase()).padEnd(8))} ${message}`
  const said = text === '' ? line : `${line} ${colors.dim(text)}`
  return [said, ...stack.map((frame) => colors.dim(`    ${frame}`))].join('\n')
}
