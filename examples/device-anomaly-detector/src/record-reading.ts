import { newBaseline } from './baseline.js'
import { describeAlert } from './describe-alert.js'
import { comparison, type Detection, severityOf } from './detection.js'
import type { DeviceRecord, PendingReport } from './device-record.js'
import { flattenMetrics } from './flatten-metrics.js'
import { observe } from './observe.js'
import { isRemembered, remember } from './recent-events.js'
import { round } from './round.js'
import type { Settings } from './settings.js'

/** What a device reported, with the event that told it. */
export interface Reading {
  device_id: string
  metrics: Record<string, unknown>
  event_id: string
  /** RFC 3339, UTC. */
  occurred_at: string
}

/** Takes a reading into a device's record, once however often it comes; computes only. */
export function recordReading(device: DeviceRecord, reading: Reading, settings: Settings): DeviceRecord {
  const { event_id, occurred_at } = reading
  const isPending = device.pending.some((report) => report.event_id === event_id)
  if (isPending || isRemembered(device.recent_events, event_id)) return device

  const metrics = new Map(Object.entries(device.metrics))
  const detections: Detection[] = []
  let highest = 0
  for (const [metric, value] of flattenMetrics(reading.metrics, settings.ignore)) {
    const known = metrics.get(metric) ?? newBaseline()
    const { baseline, score, begins } = observe(known, value, settings)
    if (begins) detections.push(detectionOf(reading, metric, comparison(value, known, settings), settings))
    if (metrics.has(metric) || metrics.size < MAX_METRICS) metrics.set(metric, baseline)
    highest = Math.max(highest, score)
  }

  const counted: DeviceRecord = {
    ...device,
    readings: device.readings + 1,
    score: round(highest),
    last_reading_at: occurred_at,
    metrics: Object.fromEntries(metrics),
    recent_events: remember(device.recent_events, event_id),
  }
  return detections.length > 0 ? withReport(counted, reading, detections, settings) : counted
}

/** A device whose metrics have ever new names must not fill the storage. */
const MAX_METRICS = 500

/** Reports that wait at most: where alerts are refused for good, they pile up. */
const MAX_PENDING = 20

function detectionOf(
  { device_id, event_id, occurred_at }: Reading,
  metric: string,
  compared: ReturnType<typeof comparison>,
  settings: Settings,
): Detection {
  const severity = severityOf(compared.score, settings)
  return { device_id, metric, ...compared, severity, detected_at: occurred_at, event_id, alert_id: null }
}

/** Metrics that become unusual soon after each other are one incident, told by one alert. */
function withReport(
  device: DeviceRecord,
  { event_id, occurred_at }: Reading,
  found: Detection[],
  settings: Settings,
): DeviceRecord {
  const { last_alert } = device
  const isCooling =
    last_alert !== null && Date.parse(occurred_at) - Date.parse(last_alert.at) < settings.coolDown
  const raises = settings.alerting && !isCooling
  const alert = raises ? { id: `anomaly-${event_id}`, at: occurred_at } : last_alert
  const told = settings.alerting ? (alert?.id ?? null) : null
  const detections = found
    .map((detection) => ({ ...detection, alert_id: told }))
    .sort((a, b) => b.score - a.score)
  const [worst, ...others] = detections
  const report: PendingReport = {
    event_id,
    detections,
    alert: raises && worst && alert ? describeAlert(alert.id, worst, others, settings) : null,
  }
  return {
    ...device,
    detections: device.detections + detections.length,
    last_alert: alert,
    pending: [...device.pending, report].slice(-MAX_PENDING),
  }
}
