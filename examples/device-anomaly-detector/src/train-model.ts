import { errorMessage, OpsError, type Plugin } from '@ops-center/plugin-sdk'
import { learnFromHistory } from './baseline.js'
import { updateDevice } from './device-store.js'
import { flattenMetrics } from './flatten-metrics.js'
import { retrain } from './retrain.js'
import { readSettings, type Settings } from './settings.js'

type Services = Pick<Plugin, 'api' | 'config' | 'logger' | 'storage'>

/** Most readings that one request brings. */
const PAGE_SIZE = 1_000

/**
 * Learns every device's baselines anew from the history that the platform keeps. One device that fails does not
 * stop the others.
 *
 * @throws OpsError `training_incomplete` naming the devices that failed; the signal's reason when it aborts.
 */
export async function trainModel(
  services: Services,
  signal: AbortSignal,
): Promise<{ devices: number; metrics: number }> {
  const settings = readSettings(services)
  const failures: string[] = []
  let devices = 0
  let metrics = 0
  for await (const { id } of services.api.devices.iterate({ page_size: PAGE_SIZE }, { signal })) {
    try {
      metrics += await trainDevice(services, id, settings, signal)
      devices += 1
    } catch (error) {
      signal.throwIfAborted()
      failures.push(`${id} (${errorMessage(error)})`)
    }
  }
  services.logger.info('Training finished', { devices, metrics, failed: failures.length })
  if (failures.length > 0) {
    throw new OpsError(
      'training_incomplete',
      `${failures.length} of ${devices + failures.length} devices were not trained and keep their baselines until the ` +
        `next training: ${failures.slice(0, 10).join(', ')}`,
    )
  }
  return { devices, metrics }
}

async function trainDevice(
  { api, storage }: Services,
  deviceId: string,
  settings: Settings,
  signal: AbortSignal,
): Promise<number> {
  const history = new Map<string, number[]>()
  const page_size = Math.min(settings.trainingReadings, PAGE_SIZE)
  let count = 0
  for await (const { metrics } of api.devices.iterateMetrics(deviceId, { page_size }, { signal })) {
    for (const [metric, value] of flattenMetrics(metrics, settings.ignore)) {
      const values = history.get(metric)
      if (values) values.push(value)
      else history.set(metric, [value])
    }
    count += 1
    if (count >= settings.trainingReadings) break
  }
  const learnt = [...history].filter(([, values]) => values.length >= settings.warmUp)
  if (learnt.length === 0) return 0
  const usual = new Map(learnt.map(([metric, values]) => [metric, learnFromHistory(values)]))
  const trainedAt = new Date().toISOString()
  await updateDevice(storage, deviceId, (device) => retrain(device, usual, trainedAt, settings))
  return usual.size
}
