import type { AlertCreate } from '@ops-center/plugin-sdk'
import type { Detection } from './detection.js'
import type { Settings } from './settings.js'

/** Further metrics that an alert names; `GET /detections` has them all. */
const MAX_OTHERS = 9

/** The alert about one or more metrics of a device that became unusual together, the worst first. */
export function describeAlert(
  id: string,
  worst: Detection,
  others: readonly Detection[],
  { threshold }: Settings,
): AlertCreate & { id: string } {
  const { device_id, severity, metric, value, expected, spread, score, event_id } = worst
  const named = others.slice(0, MAX_OTHERS)
  const also = named.map((other) => `${other.metric} (${other.value}, usually ${other.expected})`).join(', ')
  return {
    id,
    device_id,
    severity,
    title: `Unusual ${metric} on ${device_id}`,
    message:
      `${metric} reads ${value}, usually ${expected} ± ${spread}: ${score} spreads away, ${threshold} are unusual.` +
      (also === '' ? '' : ` Also unusual: ${also}.`),
    metadata: { metric, value, expected, spread, score, threshold, event_id, detections: [worst, ...named] },
  }
}
