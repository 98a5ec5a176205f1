import type { Plugin } from '@ops-center/plugin-sdk'
import { type DeviceRecord, newDevice } from './device-record.js'

const META = 'meta'
const DEVICE = 'device:'

export interface Meta {
  /** Since when readings are counted; RFC 3339, UTC. */
  since: string
}

/** Makes the storage ready; what is there already stays. */
export async function prepareStorage(storage: Plugin['storage']): Promise<Meta> {
  return storage.update<Meta>(META, (known) => known ?? { since: new Date().toISOString() })
}

export async function readMeta(storage: Plugin['storage']): Promise<Meta> {
  return (await storage.get<Meta>(META)) ?? (await prepareStorage(storage))
}

export async function readDevice(
  storage: Plugin['storage'],
  deviceId: string,
): Promise<DeviceRecord | undefined> {
  return storage.get<DeviceRecord>(DEVICE + deviceId)
}

/** Every device ever seen, the deleted ones too. */
export async function readDevices(storage: Plugin['storage']): Promise<DeviceRecord[]> {
  const entries = await storage.entries<DeviceRecord>(`${DEVICE}*`)
  return entries.map(([, device]) => device)
}

/** Changes one device's record, atomically; `change` may run again when another process was faster. */
export async function updateDevice(
  storage: Plugin['storage'],
  deviceId: string,
  change: (device: DeviceRecord) => DeviceRecord,
): Promise<DeviceRecord> {
  return storage.update<DeviceRecord>(DEVICE + deviceId, (known) => change(known ?? newDevice(deviceId)))
}

/** Begins with a device; one that is known by its first readings already keeps what was learnt. */
export async function startDevice(storage: Plugin['storage'], deviceId: string): Promise<void> {
  await updateDevice(storage, deviceId, (device) => ({ ...device, deleted: false }))
}

/** Forgets what was learnt of a device that is gone; its readings stay counted. */
export async function forgetDevice(storage: Plugin['storage'], deviceId: string): Promise<void> {
  if (!(await readDevice(storage, deviceId))) return
  await updateDevice(storage, deviceId, (device) => ({ ...device, metrics: {}, score: 0, deleted: true }))
}
