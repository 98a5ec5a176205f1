import type { Plugin } from '@ops-center/plugin-sdk'
import { newBaseline } from './baseline.js'
import { comparison } from './detection.js'
import type { DeviceRecord } from './device-record.js'
import { readDevice } from './device-store.js'
import { flattenMetrics } from './flatten-metrics.js'
import { readSettings, type Settings } from './settings.js'

/** How unusual a reading would be; nothing is learnt from it. */
export interface Prediction {
  device_id: string
  /** `learning` until the warm-up of every given metric is over. */
  status: 'unknown' | 'learning' | 'ready'
  anomalous: boolean
  /** The largest score of the metrics. */
  score: number
  scores: Record<string, MetricPrediction>
}

export interface MetricPrediction {
  value: number
  /** Distance from what is expected, in spreads; null during the warm-up, as the two below. */
  score: number | null
  expected: number | null
  spread: number | null
  anomalous: boolean
}

export async function predict(
  { config, storage }: Pick<Plugin, 'config' | 'storage'>,
  deviceId: string,
  metrics: Record<string, unknown>,
): Promise<Prediction> {
  return predictFor(deviceId, await readDevice(storage, deviceId), metrics, readSettings({ config }))
}

function predictFor(
  deviceId: string,
  device: DeviceRecord | undefined,
  metrics: unknown,
  settings: Settings,
): Prediction {
  const baselines = new Map(Object.entries(device?.metrics ?? {}))
  const predictions = [...flattenMetrics(metrics, settings.ignore)].map(([metric, value]) => {
    const baseline = baselines.get(metric) ?? newBaseline()
    const unknown: MetricPrediction = { value, score: null, expected: null, spread: null, anomalous: false }
    if (!baseline.ready) return [metric, unknown] as const
    const compared = comparison(value, baseline, settings)
    return [metric, { ...compared, anomalous: compared.score > settings.threshold }] as const
  })
  const all = predictions.map(([, prediction]) => prediction)
  return {
    device_id: deviceId,
    status: statusOf(device, all),
    anomalous: all.some(({ anomalous }) => anomalous),
    score: Math.max(0, ...all.map(({ score }) => score ?? 0)),
    scores: Object.fromEntries(predictions),
  }
}

function statusOf(
  device: DeviceRecord | undefined,
  predictions: readonly MetricPrediction[],
): Prediction['status'] {
  if (!device || device.deleted) return 'unknown'
  return predictions.length > 0 && predictions.every(({ score }) => score !== null) ? 'ready' : 'learning'
}
