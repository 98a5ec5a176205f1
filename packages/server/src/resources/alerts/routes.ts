import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { paginationOf } from '../../http/pagination.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { ResourceServices } from '../resource-services.js'
import { getAlert, listAlerts } from './alert-repository.js'
import { createAlert, patchAlert, setAlertStatus } from './change-alert.js'
import { alertListQuery, alertListSchema, alertSchema, createAlertBody, updateAlertBody } from './schema.js'

const params = z.object({ id: idField })
const tags = ['alerts']

const list = createRoute({
  method: 'get',
  path: '/alerts',
  tags,
  summary: 'List alerts, newest first',
  ...secured('alerts:read'),
  request: { query: alertListQuery },
  responses: { 200: json('The alerts', alertListSchema), ...problems(422) },
})

const create = createRoute({
  method: 'post',
  path: '/alerts',
  tags,
  summary: 'Raise an alert',
  ...secured('alerts:write'),
  request: { body: jsonBody(createAlertBody) },
  responses: { 201: json('The new alert', alertSchema), ...problems(409, 413, 415, 422) },
})

const read = createRoute({
  method: 'get',
  path: '/alerts/{id}',
  tags,
  summary: 'Read an alert',
  ...secured('alerts:read'),
  request: { params },
  responses: { 200: json('The alert', alertSchema), ...problems(404) },
})

const update = createRoute({
  method: 'patch',
  path: '/alerts/{id}',
  tags,
  summary: 'Change the given fields of an alert',
  ...secured('alerts:write'),
  request: { params, body: jsonBody(updateAlertBody) },
  responses: { 200: json('The alert', alertSchema), ...problems(404, 409, 413, 415, 422) },
})

const acknowledge = createRoute({
  method: 'post',
  path: '/alerts/{id}/acknowledge',
  tags,
  summary: 'Acknowledge an alert',
  ...secured('alerts:write'),
  request: { params },
  responses: { 200: json('The alert', alertSchema), ...problems(404, 409) },
})

const resolve = createRoute({
  method: 'post',
  path: '/alerts/{id}/resolve',
  tags,
  summary: 'Resolve an alert',
  ...secured('alerts:write'),
  request: { params },
  responses: { 200: json('The alert', alertSchema), ...problems(404) },
})

/** `/alerts`. */
export function alertRoutes(services: ResourceServices) {
  const { kysely } = services.database
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { alerts, totalCount } = await listAlerts(kysely, c.var.principal.organization_id, query)
      return c.json({ alerts, pagination: paginationOf(query, totalCount) }, 200)
    })
    router.openapi(create, async (c) => {
      const alert = await createAlert(services, c.var, c.req.valid('json'))
      c.header('location', `/api/v1/alerts/${alert.id}`)
      return c.json(alert, 201)
    })
    router.openapi(read, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await getAlert(kysely, c.var.principal.organization_id, id), 200)
    })
    router.openapi(update, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await patchAlert(services, c.var, id, c.req.valid('json')), 200)
    })
    router.openapi(acknowledge, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await setAlertStatus(services, c.var, id, 'acknowledged'), 200)
    })
    router.openapi(resolve, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await setAlertStatus(services, c.var, id, 'resolved'), 200)
    })
  }
}
