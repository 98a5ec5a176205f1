import type { Alert } from '@ops-center/plugin-sdk'
import { type ApiClient, apiPath } from '@ops-center/plugin-sdk'
import { z } from 'zod'

/** What Ops-Center and the plugin say about themselves at one time. */
export interface PlatformState {
  readonly plugin: { readonly version: string; readonly state: string; readonly reason: string | null }
  readonly deliveries: { readonly delivered: number; readonly retrying: number; readonly dead: number }
  readonly alerts: { readonly total: number /** Newest first. */; readonly latest: readonly Alert[] }
  /** Undefined while the plugin does not answer. */
  readonly stats: PluginStats | undefined
}

/** The answer of the plugin's route `GET /stats`, as far as it is shown. */
export interface PluginStats {
  readonly readings: number
  readonly detections: number
  /** This machine; undefined until its first reading is counted. */
  readonly device: z.infer<typeof deviceStats> | undefined
}

export interface PlatformSource {
  readonly api: Pick<ApiClient, 'get' | 'alerts'>
  readonly url: string
  readonly apiKey: string
  readonly pluginId: string
  readonly deviceId: string
}

const deviceStats = z.object({
  device_id: z.string(),
  readings: z.number(),
  /** Metrics by state. */
  learning: z.number(),
  ready: z.number(),
  unusual: z.array(z.string()),
})
const statsAnswer = z.object({
  readings: z.number(),
  detections: z.number(),
  per_device: z.array(deviceStats),
})
const counted = z.object({ pagination: z.object({ total_count: z.number() }) })
const installed = z.object({
  plugins: z.array(
    z.object({
      plugin_id: z.string(),
      version: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
    }),
  ),
})

const LATEST_ALERTS = 20
const STATS_TIMEOUT_MS = 5_000

/** Asks for everything that the view shows. */
export async function readPlatformState(source: PlatformSource): Promise<PlatformState> {
  const { api, pluginId } = source
  const [installations, stats, alerts, delivered, retrying, dead] = await Promise.all([
    api.get('/plugins/installed'),
    readStats(source),
    api.alerts.list({ page_size: LATEST_ALERTS }),
    countDeliveries(source, 'delivered'),
    countDeliveries(source, 'retrying'),
    countDeliveries(source, 'dead'),
  ])
  const plugin = installed.parse(installations).plugins.find(({ plugin_id }) => plugin_id === pluginId)
  return {
    plugin: plugin ?? { version: '', state: 'not installed', reason: null },
    deliveries: { delivered, retrying, dead },
    alerts: { total: alerts.pagination.total_count, latest: alerts.alerts },
    stats,
  }
}

async function countDeliveries({ api, pluginId }: PlatformSource, status: string): Promise<number> {
  const path = apiPath`/plugins/${pluginId}/deliveries`
  return counted.parse(await api.get(path, { query: { status, page_size: 1 } })).pagination.total_count
}

/** The plugin's own route is not part of the REST API; a plugin that rests or restarts answers 503. */
async function readStats({
  url,
  apiKey,
  pluginId,
  deviceId,
}: PlatformSource): Promise<PluginStats | undefined> {
  const response = await fetch(`${url}/plugins/${encodeURIComponent(pluginId)}/stats`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(STATS_TIMEOUT_MS),
  })
  if (!response.ok) {
    await response.body?.cancel()
    return undefined
  }
  const { readings, detections, per_device } = statsAnswer.parse(await response.json())
  return { readings, detections, device: per_device.find(({ device_id }) => device_id === deviceId) }
}
