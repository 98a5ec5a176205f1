import type { Baseline } from './baseline.js'
import { round } from './round.js'
import { score, spreadOf } from './score.js'
import type { Settings } from './settings.js'

export type Severity = 'warning' | 'error' | 'critical'

/** One metric of one device that is not as usual; what `GET /detections` lists. */
export interface Detection {
  device_id: string
  metric: string
  value: number
  expected: number
  spread: number
  /** Distance from what is expected, in spreads. */
  score: number
  severity: Severity
  /** RFC 3339, UTC. */
  detected_at: string
  event_id: string
  /** The alert that tells of it, possibly together with others; null when alerting is off. */
  alert_id: string | null
}

/** How a value compares with a baseline, as people and programs read it. */
export function comparison(value: number, baseline: Baseline, settings: Settings) {
  return {
    value: round(value),
    expected: round(baseline.level),
    spread: round(spreadOf(baseline, settings)),
    score: round(score(value, baseline, settings)),
  }
}

/** Three times as far out as is unusual is an error, ten times is critical. */
export function severityOf(score: number, { threshold }: Settings): Severity {
  if (score >= 10 * threshold) return 'critical'
  return score >= 3 * threshold ? 'error' : 'warning'
}
