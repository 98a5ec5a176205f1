import type { Plugin } from '@ops-center/plugin-sdk'
import { logDetections } from './detection-log.js'
import type { DeviceRecord, PendingReport } from './device-record.js'
import { updateDevice } from './device-store.js'
import { type Reading, recordReading } from './record-reading.js'
import { readSettings } from './settings.js'

type Services = Pick<Plugin, 'api' | 'config' | 'logger' | 'storage'>

/**
 * Takes in one reading and tells what it gave rise to. When it returns, everything is stored: an ordinary reading
 * costs one write. When it fails half-way, the same event finishes the rest the next time it is delivered.
 */
export async function watchReading(services: Services, reading: Reading): Promise<void> {
  const settings = readSettings(services)
  const device = await updateDevice(services.storage, reading.device_id, (known) =>
    recordReading(known, reading, settings),
  )
  const report = device.pending.find(({ event_id }) => event_id === reading.event_id)
  if (report) await tell(services, reading.device_id, report)
}

async function tell(
  { api, logger, storage }: Services,
  deviceId: string,
  report: PendingReport,
): Promise<void> {
  await logDetections(storage, deviceId, report.detections)
  // The key makes a repetition harmless, even when the process died between the alert and the next line.
  if (report.alert) await api.alerts.create(report.alert, { idempotencyKey: report.alert.id })
  await updateDevice(storage, deviceId, (device) => settle(device, report))
  for (const { metric, value, expected, score, alert_id } of report.detections) {
    logger.warning(`Unusual ${metric} on ${deviceId}`, { value, expected, score, alert_id })
  }
}

function settle(device: DeviceRecord, { event_id, alert }: PendingReport): DeviceRecord {
  if (!device.pending.some((report) => report.event_id === event_id)) return device
  return {
    ...device,
    alerts: device.alerts + (alert ? 1 : 0),
    pending: device.pending.filter((report) => report.event_id !== event_id),
  }
}
