import type { Plugin } from '@ops-center/plugin-sdk'
import { readDevice } from './device-store.js'

/**
 * Adds `metadata.anomaly_score` to a device: the largest score of its last reading, 0 for a device that is new or
 * still learnt.
 */
export async function addAnomalyScore(
  { storage }: Pick<Plugin, 'storage'>,
  device: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const known = typeof device.id === 'string' ? await readDevice(storage, device.id) : undefined
  const metadata = typeof device.metadata === 'object' ? device.metadata : {}
  return { ...device, metadata: { ...metadata, anomaly_score: known?.score ?? 0 } }
}
