import type { Plugin } from '@ops-center/plugin-sdk'
import type { DeviceRecord } from './device-record.js'
import { readDevices, readMeta } from './device-store.js'

/** Devices described one by one: those with the latest readings. */
const MAX_SUMMARIES = 100

/** What `GET /stats` answers; the totals contain deleted devices too. */
export interface Stats {
  /** RFC 3339, UTC. */
  since: string
  readings: number
  devices: number
  detections: number
  alerts: number
  per_device: DeviceSummary[]
}

export interface DeviceSummary {
  device_id: string
  readings: number
  detections: number
  alerts: number
  /** Of the last reading. */
  score: number
  last_reading_at: string | null
  trained_at: string | null
  /** Metrics by state: still learnt, judged, and unusual at present. */
  learning: number
  ready: number
  unusual: string[]
}

export async function readStats(storage: Plugin['storage']): Promise<Stats> {
  const { since } = await readMeta(storage)
  const devices = await readDevices(storage)
  const total = (count: (device: DeviceRecord) => number) =>
    devices.reduce((sum, device) => sum + count(device), 0)
  const present = devices.filter(({ deleted }) => !deleted)
  return {
    since,
    readings: total(({ readings }) => readings),
    devices: present.length,
    detections: total(({ detections }) => detections),
    alerts: total(({ alerts }) => alerts),
    per_device: present.toSorted(byLastReading).slice(0, MAX_SUMMARIES).map(summaryOf),
  }
}

function byLastReading(a: DeviceRecord, b: DeviceRecord): number {
  return (b.last_reading_at ?? '').localeCompare(a.last_reading_at ?? '')
}

function summaryOf(device: DeviceRecord): DeviceSummary {
  const { device_id, readings, detections, alerts, score, last_reading_at, trained_at } = device
  const metrics = Object.entries(device.metrics)
  const ready = metrics.filter(([, baseline]) => baseline.ready).length
  const unusual = metrics.filter(([, baseline]) => baseline.incident).map(([metric]) => metric)
  const states = { learning: metrics.length - ready, ready, unusual }
  return { device_id, readings, detections, alerts, score, last_reading_at, trained_at, ...states }
}
