import type { Alert } from '@ops-center/plugin-sdk'
import type { PlatformState } from '../src/platform-state.js'
import { newSession, type SessionState } from '../src/session-state.js'

/** A session that just began. */
export const fresh: SessionState = newSession(
  {
    deviceId: 'web-1',
    pluginId: 'device-anomaly-detector',
    cpus: 2,
    settings: { warmUpReadings: 45, coolDown: 600_000 },
  },
  { history: [], sent: 0, failed: 0, trouble: undefined },
)

export const alert: Alert = {
  id: 'anomaly-1',
  title: 'Unusual cpu_percent on web-1',
  message: 'cpu_percent reads 99, usually 5',
  severity: 'critical',
  status: 'active',
  device_id: 'web-1',
  metadata: {},
  organization_id: 'default',
  created_by: 'plugin:device-anomaly-detector',
  created_at: '2026-01-02T03:04:05.000Z',
  acknowledged_at: null,
  acknowledged_by: null,
  resolved_at: null,
  resolved_by: null,
}

/** A session of which the plugin has counted so many readings. */
export function after(readings: number, changes: Partial<PlatformState> = {}): SessionState {
  const isLearning = readings < 45
  return {
    ...fresh,
    sent: readings,
    history: Array.from({ length: Math.min(readings, 120) }, (_, index) => ({
      cpu_percent: index % 101,
      memory_percent: 48.1,
      disk_percent: 22,
      load_1m: 0.42,
    })),
    platform: {
      plugin: { version: '1.0.0', state: 'enabled', reason: null },
      deliveries: { delivered: readings, retrying: 0, dead: 0 },
      alerts: { total: 0, latest: [] },
      stats: {
        readings,
        detections: 0,
        device: {
          device_id: 'web-1',
          readings,
          learning: isLearning ? 4 : 0,
          ready: isLearning ? 0 : 4,
          unusual: [],
        },
      },
      ...changes,
    },
  }
}
