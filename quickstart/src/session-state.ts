import type { PlatformState } from './platform-state.js'
import type { PluginSettings } from './plugin-settings.js'
import type { StreamState } from './reading-stream.js'

/** Everything that one run of the quick start knows and shows. */
export interface SessionState extends StreamState {
  readonly deviceId: string
  readonly pluginId: string
  readonly cpus: number
  readonly settings: PluginSettings
  /** Undefined until it was asked for the first time. */
  readonly platform: PlatformState | undefined
  /** When the provoked anomaly ends, in milliseconds since 1970; undefined when there is none. */
  readonly anomalyUntil: number | undefined
  /** Answer to the last key. */
  readonly message: string | undefined
}

export function newSession(
  fixed: Pick<SessionState, 'deviceId' | 'pluginId' | 'cpus' | 'settings'>,
  stream: StreamState,
): SessionState {
  return {
    ...fixed,
    ...stream,
    platform: undefined,
    anomalyUntil: undefined,
    message: undefined,
  }
}

/** How far the plugin has come with this machine. */
export function learningOf({ platform, settings }: SessionState): {
  phase: 'unknown' | 'learning' | 'watching'
  readings: number
} {
  const device = platform?.stats?.device
  if (!device) return { phase: 'unknown', readings: 0 }
  const isLearning = device.ready === 0 && device.learning > 0
  if (!isLearning) return { phase: 'watching', readings: device.readings }
  return { phase: 'learning', readings: Math.min(device.readings, settings.warmUpReadings) }
}

/** Milliseconds until the plugin raises another alert about this machine; 0 when it would now. */
export function coolDownLeft({ platform, deviceId, pluginId, settings }: SessionState, now: number): number {
  const last = platform?.alerts.latest.find(
    ({ device_id, created_by }) => device_id === deviceId && created_by === `plugin:${pluginId}`,
  )
  return last ? Math.max(0, Date.parse(last.created_at) + settings.coolDown - now) : 0
}
