import type { Plugin } from '@ops-center/plugin-sdk'
import type { Detection } from './detection.js'

const LOG = 'detections:'

/** Detections kept per device; as many as one request can ask for. */
export const MAX_DETECTIONS = 500

/** Adds detections of one event to a device's log; adding them again changes nothing. */
export async function logDetections(
  storage: Plugin['storage'],
  deviceId: string,
  found: readonly Detection[],
): Promise<void> {
  const isSame = (one: Detection) => (other: Detection) =>
    one.event_id === other.event_id && one.metric === other.metric
  await storage.update<Detection[]>(LOG + deviceId, (log = []) => {
    const fresh = found.filter((detection) => !log.some(isSame(detection)))
    return [...fresh, ...log].slice(0, MAX_DETECTIONS)
  })
}

/** The latest detections, newest first; of one device, or of all. */
export async function readDetections(
  storage: Plugin['storage'],
  { limit, deviceId }: { limit: number; deviceId?: string | undefined },
): Promise<Detection[]> {
  const logs =
    deviceId === undefined ? await readAll(storage) : await storage.get<Detection[]>(LOG + deviceId, [])
  return logs.toSorted((a, b) => Date.parse(b.detected_at) - Date.parse(a.detected_at)).slice(0, limit)
}

async function readAll(storage: Plugin['storage']): Promise<Detection[]> {
  const entries = await storage.entries<Detection[]>(`${LOG}*`)
  return entries.flatMap(([, log]) => log)
}
