import type { AlertCreate } from '@ops-center/plugin-sdk'
import type { Baseline } from './baseline.js'
import type { Detection } from './detection.js'

/**
 * Everything known about one device, under one key: baselines, counters and the events they contain change
 * together or not at all, whenever the process is killed.
 */
export interface DeviceRecord {
  device_id: string
  readings: number
  detections: number
  alerts: number
  /** Of the last reading: the largest score of its metrics. */
  score: number
  last_reading_at: string | null
  last_alert: { id: string; at: string } | null
  trained_at: string | null
  /** Whether the device is gone; its counters stay. */
  deleted: boolean
  /** Baselines by metric. */
  metrics: Record<string, Baseline>
  /** Marks of the last events that are counted. */
  recent_events: string[]
  /** Detections that are decided but not yet told. */
  pending: PendingReport[]
}

/** What remains to be done about an event; kept until it is done, so that it survives a crash. */
export interface PendingReport {
  event_id: string
  detections: Detection[]
  alert: (AlertCreate & { id: string }) | null
}

export function newDevice(deviceId: string): DeviceRecord {
  return {
    device_id: deviceId,
    readings: 0,
    detections: 0,
    alerts: 0,
    score: 0,
    last_reading_at: null,
    last_alert: null,
    trained_at: null,
    deleted: false,
    metrics: {},
    recent_events: [],
    pending: [],
  }
}
