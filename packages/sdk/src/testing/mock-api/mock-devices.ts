import { Hono } from 'hono'
import { z } from 'zod'
import type { Device } from '../../api/devices.js'
import { DEVICE_STATUSES } from '../../resource-schemas.js'
import { changesOf } from './changes-of.js'
import { contains, createdAnswer, listAnswer } from './list-answer.js'
import { findItem, type MockContext, newId, requireMockPermission } from './mock-context.js'
import {
  attributesField,
  idField,
  ipAddressField,
  pageQuery,
  readBody,
  readQuery,
  textField,
} from './read-request.js'

const changesSchema = z.object({
  name: textField(255).optional(),
  type: textField(100).optional(),
  status: z.enum(DEVICE_STATUSES).optional(),
  ip_address: ipAddressField.nullable().optional(),
  metadata: attributesField.optional(),
  configuration: attributesField.optional(),
})
const createSchema = changesSchema.extend({
  id: idField.optional(),
  name: textField(255),
  type: textField(100),
})
const listSchema = z.object({
  ...pageQuery(20),
  status: z.enum(DEVICE_STATUSES).optional(),
  type: z.string().optional(),
  search: z.string().optional(),
})

/** `/devices` without its metrics. */
export function mockDevices(context: MockContext): Hono {
  const { store } = context
  const app = new Hono()

  app.get('/', (c) => {
    requireMockPermission(context, 'devices:read')
    const query = readQuery(c, listSchema)
    const devices = [...store.devices.values()].filter(
      ({ id, name, type, status, ip_address }) =>
        (query.status === undefined || status === query.status) &&
        (query.type === undefined || type === query.type) &&
        contains([id, name, ip_address], query.search),
    )
    return listAnswer(c, 'devices', devices, query)
  })

  app.post('/', async (c) => {
    requireMockPermission(context, 'devices:write')
    const { id: asked, ...body } = await readBody(c, createSchema)
    const id = newId(store.devices, 'device', asked)
    const now = context.now()
    const device: Device = {
      id,
      name: body.name,
      type: body.type,
      status: body.status ?? 'pending',
      ip_address: body.ip_address ?? null,
      metadata: body.metadata ?? {},
      configuration: body.configuration ?? {},
      organization_id: context.organizationId,
      last_seen: null,
      created_at: now,
      updated_at: now,
    }
    store.devices.set(id, device)
    await context.tell('device.created', { device_id: id, device_data: device })
    return createdAnswer(c, `/devices/${id}`, device)
  })

  app.get('/:id', (c) => {
    requireMockPermission(context, 'devices:read')
    return c.json(findItem(store.devices, 'device', c.req.param('id')))
  })

  app.get('/:id/status', (c) => {
    requireMockPermission(context, 'devices:read')
    const { id, status, last_seen } = findItem(store.devices, 'device', c.req.param('id'))
    return c.json({ device_id: id, status, last_seen })
  })

  app.on(['PUT', 'PATCH'], '/:id', async (c) => {
    requireMockPermission(context, 'devices:write')
    const former = findItem(store.devices, 'device', c.req.param('id'))
    const changes = changesOf(former, await readBody(c, changesSchema))
    if (Object.keys(changes).length === 0) return c.json(former)
    const device: Device = { ...former, ...changes, updated_at: context.now() }
    store.devices.set(device.id, device)
    await context.tell('device.updated', { device_id: device.id, device_data: device, changes })
    await tellStatus(context, former, device)
    return c.json(device)
  })

  app.delete('/:id', async (c) => {
    requireMockPermission(context, 'devices:write')
    const device = findItem(store.devices, 'device', c.req.param('id'))
    store.devices.delete(device.id)
    store.metrics.delete(device.id)
    await context.tell('device.deleted', { device_id: device.id, device_data: device })
    return c.json({ status: 'deleted', id: device.id })
  })

  return app
}

/** Tells `device.status_changed` where it did. */
export async function tellStatus(context: MockContext, former: Device, device: Device): Promise<void> {
  if (former.status === device.status) return
  await context.tell('device.status_changed', {
    device_id: device.id,
    old_status: former.status,
    new_status: device.status,
  })
}
