import type { EmitReport } from '@ops-center/plugin-sdk'
import {
  createTestPlugin,
  type TestPlugin,
  type TestPluginOptions,
  triggerHook,
} from '@ops-center/plugin-sdk/testing'
import { plugin as real } from '../main.js'
import type { Detection } from '../src/detection.js'
import type { Prediction } from '../src/predict.js'
import type { Stats } from '../src/stats.js'
import { seededRandom } from './simulated-metric.js'

export type Metrics = Record<string, unknown>

/** The real plugin on mocks, installed and enabled, with words for what the tests do to it. */
export async function drivePlugin(options: TestPluginOptions = {}) {
  const plugin = createTestPlugin(real, options)
  await plugin.install()
  await plugin.enable()
  return {
    plugin,
    /** Delivers readings one after the other. */
    async send(deviceId: string, readings: readonly Metrics[]): Promise<EmitReport[]> {
      const reports: EmitReport[] = []
      for (const metrics of readings) {
        reports.push(await triggerHook(plugin, 'device.metrics_updated', { device_id: deviceId, metrics }))
      }
      return reports
    },
    alerts: async () => (await plugin.api.admin.alerts.list()).alerts,
    stats: () => ask<Stats>(plugin, '/stats'),
    detections: async (query: Record<string, string | number> = {}) =>
      (await ask<{ detections: Detection[] }>(plugin, '/detections', { query })).detections,
    predict: (deviceId: string, metrics: Metrics) =>
      ask<Prediction>(plugin, '/predict', { json: { device_id: deviceId, metrics } }),
  }
}

async function ask<Answer>(
  plugin: TestPlugin,
  ...request: Parameters<TestPlugin['request']>
): Promise<Answer> {
  const response = await plugin.request(...request)
  if (response.status !== 200)
    throw new Error(`${request[0]} answered ${response.status}: ${await response.text()}`)
  const answer: Answer = JSON.parse(await response.text())
  return answer
}

/** Ordinary readings of a quiet server; the same at each call. */
export function ordinary(count: number): { cpu: number; memory: { used: number } }[] {
  const random = seededRandom(7)
  return Array.from({ length: count }, () => ({ cpu: 20 + 4 * random(), memory: { used: 40 + random() } }))
}

/** Readings with the processor busy. */
export function jump(count: number): ReturnType<typeof ordinary> {
  return ordinary(count).map((metrics) => ({ ...metrics, cpu: 96 }))
}

/** Readings of one a second as the platform keeps them, oldest first. */
export function history(deviceId: string, readings: readonly Metrics[]) {
  return readings.map((metrics, second) => ({
    device_id: deviceId,
    timestamp: new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString(),
    metrics,
  }))
}
