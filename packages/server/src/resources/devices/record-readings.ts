import { isJsonObject } from '../../http/json-object.js'
import type { RequestScope } from '../request-scope.js'
import type { ResourceServices } from '../resource-services.js'
import { insertReadings, type Reading } from './reading-repository.js'
import { metricsField } from './schema.js'

/** Filters, stores and announces readings: all of them or, when a device is unknown, none. */
export async function recordReadings(
  services: ResourceServices,
  { principal, causedBy, repeatGuard }: RequestScope,
  given: Reading[],
  answer: (stored: Reading[]) => { location: string; body: Record<string, unknown> },
): Promise<Reading[]> {
  const { organization_id } = principal
  const readings = await Promise.all(
    given.map((reading) => filteredReading(services, organization_id, reading)),
  )
  await services.database.kysely.transaction().execute(async (trx) => {
    const statusChanges = await insertReadings(trx, organization_id, readings)
    const events = [
      ...statusChanges.map((payload) => ({ name: 'device.status_changed', payload: { ...payload } })),
      ...readings.map(({ device_id, metrics }) => ({
        name: 'device.metrics_updated',
        payload: { device_id, metrics },
      })),
    ]
    await services.events.publish(
      trx,
      events.map((event) => ({ ...event, organization_id, caused_by: causedBy })),
    )
    await repeatGuard.record(trx, { status: 201, ...answer(readings) })
  })
  return readings
}

async function filteredReading(
  { filters, logger }: ResourceServices,
  organization_id: string,
  reading: Reading,
): Promise<Reading> {
  const { device_id, metrics, timestamp } = reading
  const value = { device_id, metrics, timestamp: timestamp.toISOString() }
  const result = await filters.apply({ organization_id, filter: 'metrics.process', value })
  if (result === value) return reading
  const parsed = metricsField.safeParse(isJsonObject(result) ? result.metrics : result)
  if (parsed.success) return { ...reading, metrics: parsed.data }
  logger.warn(
    { filter: 'metrics.process', organization_id, issues: parsed.error.issues.slice(0, 5) },
    'The result of the filter metrics.process is not valid and was left out',
  )
  return reading
}
