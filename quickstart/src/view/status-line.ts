import type { SessionState } from '../session-state.js'
import { pluginText } from './plugin-text.js'
import { printable } from './printable.js'
import { readingRows } from './reading-rows.js'

/** The whole state on one line, for where nothing can be redrawn. */
export function statusLine(state: SessionState): string {
  const { platform, sent, failed, trouble } = state
  const parts = [
    ...readingRows(state).map(({ label, text }) => `${label} ${text}`),
    `${sent} readings sent${failed === 0 ? '' : `, ${failed} not`}`,
  ]
  if (platform) {
    const { deliveries, stats, alerts } = platform
    const late = deliveries.retrying === 0 ? '' : `, ${deliveries.retrying} retried`
    const dead = deliveries.dead === 0 ? '' : `, ${deliveries.dead} dead`
    if (stats) parts.push(`${stats.readings} counted by the plugin`)
    parts.push(`${deliveries.delivered} deliveries${late}${dead}`)
    if (stats) parts.push(`${stats.detections} detections`)
    parts.push(`${alerts.total} alerts`, `plugin ${pluginText(state)}`)
  }
  if (trouble !== undefined) parts.push(`trouble: ${trouble}`)
  return printable(parts.join(' | '))
}
