import sliceAnsi from 'slice-ansi'
import type { SessionState } from '../session-state.js'
import type { Colors } from './colors.js'
import { pluginText } from './plugin-text.js'
import { printable } from './printable.js'
import { readingRows } from './reading-rows.js'
import { sparkline } from './sparkline.js'

export interface ViewOptions {
  /** Columns that a line may have. */
  readonly width: number
  readonly colors: Colors
  readonly now: Date
}

const LABEL_COLUMNS = 14
const VALUE_COLUMNS = 10

/** The live view: lines of at most `width` columns. */
export function renderView(state: SessionState, options: ViewOptions): string[] {
  const lines = [
    ...readingLines(state, options),
    '',
    ...platformLines(state, options),
    '',
    hint(state, options),
  ]
  return lines.map((line) => sliceAnsi(line, 0, options.width))
}

function readingLines(state: SessionState, { width, colors }: ViewOptions): string[] {
  const unusual = new Set<string>(state.platform?.stats?.device?.unusual)
  const chartColumns = Math.max(0, width - LABEL_COLUMNS - VALUE_COLUMNS - 2)
  return readingRows(state).map(({ label, metric, values, max, text }) => {
    const chart = sparkline(values, chartColumns, max)
    const isUnusual = unusual.has(metric)
    const paint = isUnusual ? colors.red : colors.cyan
    const name = `  ${label}${isUnusual ? ' !' : ''}`.padEnd(LABEL_COLUMNS)
    return `${isUnusual ? colors.red(name) : name}${paint(chart)}${colors.bold(text.padStart(VALUE_COLUMNS))}`
  })
}

function platformLines(state: SessionState, options: ViewOptions): string[] {
  const { platform, sent, failed, trouble } = state
  const { colors } = options
  const line = (label: string, text: string) => `  ${label.padEnd(LABEL_COLUMNS - 2)}${text}`
  const notSent = failed === 0 ? '' : colors.red(`, ${failed} not`)
  const readings = platform?.stats ? `, ${platform.stats.readings} counted by the plugin` : ''
  return [
    line('readings', `${colors.bold(String(sent))} sent${notSent}${readings}`),
    line('deliveries', deliveriesText(state, colors)),
    line('plugin', printable(pluginText(state))),
    line('detections', String(platform?.stats?.detections ?? '-')),
    line('alerts', alertsText(state, options)),
    ...(trouble === undefined ? [] : [line('trouble', colors.red(printable(trouble)))]),
  ]
}

function deliveriesText({ platform }: SessionState, colors: Colors): string {
  if (!platform) return '-'
  const { delivered, retrying, dead } = platform.deliveries
  const late = retrying === 0 ? '' : colors.yellow(`, ${retrying} retried`)
  return `${colors.bold(String(delivered))} delivered${late}${dead === 0 ? '' : colors.red(`, ${dead} dead`)}`
}

function alertsText({ platform }: SessionState, { colors }: ViewOptions): string {
  if (!platform) return '-'
  const { total, latest } = platform.alerts
  const [newest] = latest
  if (!newest) return String(total)
  const paint = newest.severity === 'info' || newest.severity === 'warning' ? colors.yellow : colors.red
  const at = new Date(newest.created_at).toTimeString().slice(0, 8)
  return `${colors.bold(String(total))}, last at ${at}: ${paint(`${newest.severity} `)}${printable(newest.title)}`
}

/** What the keys do, what the last one did, or what to wait for. */
function hint(state: SessionState, { colors, now }: ViewOptions): string {
  const { anomalyUntil, message } = state
  if (anomalyUntil !== undefined) {
    const seconds = Math.max(0, Math.ceil((anomalyUntil - now.getTime()) / 1_000))
    return `  ${colors.magenta(`anomaly: real load on every core, ${seconds} s left`)}`
  }
  if (message !== undefined) return `  ${colors.magenta(message)}`
  return colors.dim('  a: provoke an anomaly   Ctrl-C: stop')
}
