import { learningOf, type SessionState } from '../session-state.js'

/** How the plugin is: `enabled, learning 23/45` or `enabled, watching 4 metrics`. */
export function pluginText(state: SessionState): string {
  const { platform, settings } = state
  if (!platform) return 'asking ...'
  const { plugin, stats } = platform
  const reason = plugin.reason === null ? '' : ` (${plugin.reason})`
  return `${plugin.state}${reason}, ${activity()}`

  function activity(): string {
    if (!stats) return 'does not answer at present'
    const { phase, readings } = learningOf(state)
    if (phase === 'unknown') return 'waiting for the first reading'
    if (phase === 'learning') return `learning ${readings}/${settings.warmUpReadings}`
    const { ready = 0, unusual = [] } = stats.device ?? {}
    return `watching ${ready} metrics${unusual.length === 0 ? '' : `, unusual now: ${unusual.join(', ')}`}`
  }
}
