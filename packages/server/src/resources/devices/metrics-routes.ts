import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { paginationOf } from '../../http/pagination.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { ResourceServices } from '../resource-services.js'
import { getDevice } from './device-repository.js'
import { listReadings, type Reading } from './reading-repository.js'
import { recordReadings } from './record-readings.js'
import { metricsBatchBody, metricsBody, metricsQuery, readingListSchema, readingSchema } from './schema.js'
import { summarizeReadings } from './summarize-readings.js'

const params = z.object({ id: idField })
const tags = ['devices']

const list = createRoute({
  method: 'get',
  path: '/devices/{id}/metrics',
  tags,
  summary: 'List the readings of a device',
  ...secured('devices:read'),
  request: { params, query: metricsQuery },
  responses: { 200: json('The readings', readingListSchema), ...problems(404, 422) },
})

const record = createRoute({
  method: 'post',
  path: '/devices/{id}/metrics',
  tags,
  summary: 'Record a reading of a device',
  ...secured('devices:write'),
  request: { params, body: jsonBody(metricsBody) },
  responses: { 201: json('The reading', readingSchema), ...problems(404, 413, 415, 422) },
})

const recordBatch = createRoute({
  method: 'post',
  path: '/metrics',
  tags,
  summary: 'Record readings of many devices, all or none',
  ...secured('devices:write'),
  request: { body: jsonBody(metricsBatchBody) },
  responses: {
    201: json('How many were recorded', z.object({ accepted: z.int() })),
    ...problems(404, 413, 415, 422),
  },
})

/** Readings of devices: `/devices/{id}/metrics` and `/metrics`. */
export function metricsRoutes(services: ResourceServices) {
  const { kysely } = services.database
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { id } = c.req.valid('param')
      const { organization_id } = c.var.principal
      await getDevice(kysely, organization_id, id)
      const { readings, totalCount } = await (query.interval === undefined
        ? listReadings(kysely, organization_id, id, query)
        : summarizeReadings(kysely, organization_id, id, { ...query, interval: query.interval }))
      return c.json({ metrics: readings.map(readingOf), pagination: paginationOf(query, totalCount) }, 200)
    })
    router.openapi(record, async (c) => {
      const { metrics, timestamp = new Date() } = c.req.valid('json')
      const given = { device_id: c.req.valid('param').id, metrics, timestamp }
      const location = `/api/v1/devices/${given.device_id}/metrics`
      const answer = (stored: Reading[]) => ({ location, body: readingOf(stored[0] ?? given) })
      const [stored = given] = await recordReadings(services, c.var, [given], answer)
      c.header('location', location)
      return c.json(readingOf(stored), 201)
    })
    router.openapi(recordBatch, async (c) => {
      const now = new Date()
      const given = c.req.valid('json').map(({ timestamp = now, ...reading }) => ({ ...reading, timestamp }))
      const body = { accepted: given.length }
      const location = '/api/v1/metrics'
      await recordReadings(services, c.var, given, () => ({ location, body }))
      c.header('location', location)
      return c.json(body, 201)
    })
  }
}

function readingOf({ device_id, metrics, timestamp }: Reading) {
  return { device_id, metrics, timestamp: timestamp.toISOString() }
}
