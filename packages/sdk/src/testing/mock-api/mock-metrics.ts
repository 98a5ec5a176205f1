import { Hono } from 'hono'
import { z } from 'zod'
import type { MetricReading } from '../../api/devices.js'
import { createdAnswer, listAnswer } from './list-answer.js'
import { findItem, type MockContext, requireMockPermission } from './mock-context.js'
import { tellStatus } from './mock-devices.js'
import { attributesField, pageQuery, readBody, readQuery, timeField } from './read-request.js'

const metricsField = attributesField.refine(
  (metrics) => Object.keys(metrics).length > 0,
  'expected at least one metric',
)
const wrappedSchema = z.object({ metrics: metricsField, timestamp: timeField.optional() })
/** The metrics themselves, or `{metrics, timestamp?}`. */
const sendSchema = attributesField
  .transform((body) => {
    const isWrapped =
      attributesField.safeParse(body.metrics).success &&
      Object.keys(body).every((key) => key === 'metrics' || key === 'timestamp')
    return isWrapped ? body : { metrics: body }
  })
  .pipe(wrappedSchema)
const batchSchema = z
  .array(wrappedSchema.extend({ device_id: z.string() }))
  .min(1)
  .max(1_000)
const listSchema = z.object({ ...pageQuery(100), since: timeField.optional(), until: timeField.optional() })

/** `/devices/{id}/metrics` and the batch at `/metrics`. */
export function mockMetrics(context: MockContext): Hono {
  const { store } = context
  const app = new Hono()

  app.get('/devices/:id/metrics', (c) => {
    requireMockPermission(context, 'devices:read')
    const { id } = findItem(store.devices, 'device', c.req.param('id'))
    const query = readQuery(c, listSchema)
    const readings = (store.metrics.get(id) ?? []).filter(
      ({ timestamp }) =>
        (query.since === undefined || timestamp >= query.since) &&
        (query.until === undefined || timestamp < query.until),
    )
    return listAnswer(c, 'metrics', readings.toReversed(), query)
  })

  app.post('/devices/:id/metrics', async (c) => {
    requireMockPermission(context, 'devices:write')
    const { id } = findItem(store.devices, 'device', c.req.param('id'))
    const { metrics, timestamp = context.now() } = await readBody(c, sendSchema)
    const reading = { device_id: id, timestamp, metrics }
    await record(context, reading)
    return createdAnswer(c, `/devices/${id}/metrics`, reading)
  })

  app.post('/metrics', async (c) => {
    requireMockPermission(context, 'devices:write')
    const batch = await readBody(c, batchSchema)
    for (const { device_id } of batch) findItem(store.devices, 'device', device_id)
    for (const { device_id, metrics, timestamp = context.now() } of batch) {
      await record(context, { device_id, timestamp, metrics })
    }
    return c.json({ accepted: batch.length }, 201)
  })

  return app
}

/** A device that reports is seen, and online again. */
async function record(context: MockContext, reading: MetricReading): Promise<void> {
  const { store } = context
  const former = findItem(store.devices, 'device', reading.device_id)
  const isBack = former.status === 'pending' || former.status === 'offline'
  const device = { ...former, last_seen: context.now(), status: isBack ? ('online' as const) : former.status }
  store.devices.set(device.id, device)
  store.addReading(reading)
  await tellStatus(context, former, device)
  await context.tell('device.metrics_updated', { device_id: device.id, metrics: reading.metrics })
}
