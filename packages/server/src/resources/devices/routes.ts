import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { paginationOf } from '../../http/pagination.js'
import { deletedSchema, json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { ResourceServices } from '../resource-services.js'
import { createDevice, patchDevice, removeDevice } from './change-device.js'
import { getDevice, listDevices } from './device-repository.js'
import {
  createDeviceBody,
  deviceListQuery,
  deviceListSchema,
  deviceSchema,
  deviceStatusSchema,
  updateDeviceBody,
} from './schema.js'

const params = z.object({ id: idField })
const tags = ['devices']

const list = createRoute({
  method: 'get',
  path: '/devices',
  tags,
  summary: 'List devices',
  ...secured('devices:read'),
  request: { query: deviceListQuery },
  responses: { 200: json('The devices', deviceListSchema), ...problems(422) },
})

const create = createRoute({
  method: 'post',
  path: '/devices',
  tags,
  summary: 'Create a device',
  ...secured('devices:write'),
  request: { body: jsonBody(createDeviceBody) },
  responses: { 201: json('The new device', deviceSchema), ...problems(409, 413, 415, 422) },
})

const read = createRoute({
  method: 'get',
  path: '/devices/{id}',
  tags,
  summary: 'Read a device',
  ...secured('devices:read'),
  request: { params },
  responses: { 200: json('The device', deviceSchema), ...problems(404) },
})

const status = createRoute({
  method: 'get',
  path: '/devices/{id}/status',
  tags,
  summary: 'Read the status of a device',
  ...secured('devices:read'),
  request: { params },
  responses: { 200: json('The status', deviceStatusSchema), ...problems(404) },
})

const update = (method: 'put' | 'patch') =>
  createRoute({
    method,
    path: '/devices/{id}',
    tags,
    summary: 'Change the given fields of a device',
    ...secured('devices:write'),
    request: { params, body: jsonBody(updateDeviceBody) },
    responses: { 200: json('The device', deviceSchema), ...problems(404, 413, 415, 422) },
  })

const remove = createRoute({
  method: 'delete',
  path: '/devices/{id}',
  tags,
  summary: 'Delete a device and its readings',
  ...secured('devices:write'),
  request: { params },
  responses: { 200: json('Deleted', deletedSchema), ...problems(404) },
})

/** `/devices`, without their metrics. */
export function deviceRoutes(services: ResourceServices) {
  const { kysely } = services.database
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { devices, totalCount } = await listDevices(kysely, c.var.principal.organization_id, query)
      return c.json({ devices, pagination: paginationOf(query, totalCount) }, 200)
    })
    router.openapi(create, async (c) => {
      const device = await createDevice(services, c.var, c.req.valid('json'))
      c.header('location', `/api/v1/devices/${device.id}`)
      return c.json(device, 201)
    })
    router.openapi(read, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await getDevice(kysely, c.var.principal.organization_id, id), 200)
    })
    router.openapi(status, async (c) => {
      const device = await getDevice(kysely, c.var.principal.organization_id, c.req.valid('param').id)
      return c.json({ device_id: device.id, status: device.status, last_seen: device.last_seen }, 200)
    })
    for (const method of ['put', 'patch'] as const) {
      router.openapi(update(method), async (c) =>
        c.json(await patchDevice(services, c.var, c.req.valid('param').id, c.req.valid('json')), 200),
      )
    }
    router.openapi(remove, async (c) => {
      const { id } = c.req.valid('param')
      await removeDevice(services, c.var, id)
      return c.json({ status: 'deleted' as const, id }, 200)
    })
  }
}
