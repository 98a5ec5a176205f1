import { type Baseline, newBaseline, type Usual } from './baseline.js'
import type { DeviceRecord } from './device-record.js'
import { score } from './score.js'
import type { Settings } from './settings.js'

/** Puts what the history teaches into a device's baselines; an incident that goes on stays one. */
export function retrain(
  device: DeviceRecord,
  learnt: ReadonlyMap<string, Usual>,
  trainedAt: string,
  settings: Settings,
): DeviceRecord {
  const metrics = new Map(Object.entries(device.metrics))
  for (const [metric, usual] of learnt) {
    metrics.set(metric, retrainMetric(metrics.get(metric) ?? newBaseline(), usual, settings))
  }
  return { ...device, metrics: Object.fromEntries(metrics), trained_at: trainedAt }
}

function retrainMetric({ former: _, ...baseline }: Baseline, usual: Usual, settings: Settings): Baseline {
  const hasMoved =
    baseline.ready && !baseline.incident && score(baseline.level, usual, settings) > settings.threshold
  // The metric has settled at a new level that is the smaller part of its history: both are known from now on.
  if (hasMoved) return { ...baseline, former: usual }
  const window = baseline.ready ? baseline.window : []
  return { ...baseline, ...usual, ready: true, window }
}
