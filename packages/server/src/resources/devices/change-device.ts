import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { filtered } from '../filtered.js'
import type { RequestScope } from '../request-scope.js'
import type { ResourceServices } from '../resource-services.js'
import { deleteDevice, getDevice, insertDevice, lockDevice, updateDevice } from './device-repository.js'
import { type Device, type DeviceFields, type DevicePatch, deviceFields } from './schema.js'

/** Filters, stores and announces a new device. */
export async function createDevice(
  services: ResourceServices,
  { principal, causedBy, repeatGuard }: RequestScope,
  { id = randomUUID(), ...given }: DeviceFields & { id?: string | undefined },
): Promise<Device> {
  const { organization_id } = principal
  const value = { id, ...given, organization_id }
  const fields = await filtered(services, {
    organization_id,
    filter: 'device.data.process',
    value,
    fields: given,
    schema: deviceFields,
  })
  return services.database.kysely.transaction().execute(async (trx) => {
    const device = await insertDevice(trx, organization_id, { id, ...fields })
    await services.events.publish(trx, {
      organization_id,
      name: 'device.created',
      payload: { device_id: device.id, device_data: device },
      caused_by: causedBy,
    })
    await repeatGuard.record(trx, { status: 201, location: `/api/v1/devices/${device.id}`, body: device })
    return device
  })
}

/**
 * Changes the fields that differ. Filters see the whole device, and are asked before the row is locked: only what
 * the request and they change is written, so two requests for different fields both count.
 */
export async function patchDevice(
  services: ResourceServices,
  { principal, causedBy }: RequestScope,
  id: string,
  patch: DevicePatch,
): Promise<Device> {
  const { organization_id } = principal
  const { kysely } = services.database
  const known = await getDevice(kysely, organization_id, id)
  const merged = mergedFields(fieldsOf(known), patch)
  const wanted = await filtered(services, {
    organization_id,
    filter: 'device.data.process',
    value: { ...known, ...merged },
    fields: merged,
    schema: deviceFields,
  })
  const asked = differences(fieldsOf(known), wanted)
  return kysely.transaction().execute(async (trx) => {
    const before = await lockDevice(trx, organization_id, id)
    const changes = differences(fieldsOf(before), { ...fieldsOf(before), ...asked })
    if (Object.keys(changes).length === 0) return before
    const device = await updateDevice(trx, organization_id, id, changes)
    await services.events.publish(
      trx,
      eventsOf(before, device, changes).map((event) => ({ ...event, organization_id, caused_by: causedBy })),
    )
    return device
  })
}

export async function removeDevice(
  services: ResourceServices,
  { principal, causedBy }: RequestScope,
  id: string,
): Promise<void> {
  const { organization_id } = principal
  await services.database.kysely.transaction().execute(async (trx) => {
    const device = await deleteDevice(trx, organization_id, id)
    await services.events.publish(trx, {
      organization_id,
      name: 'device.deleted',
      payload: { device_id: id, device_data: device },
      caused_by: causedBy,
    })
  })
}

function eventsOf(before: Device, device: Device, changes: Partial<DeviceFields>) {
  const updated = { name: 'device.updated', payload: { device_id: device.id, device_data: device, changes } }
  if (before.status === device.status) return [updated]
  const statuses = { device_id: device.id, old_status: before.status, new_status: device.status }
  return [updated, { name: 'device.status_changed', payload: statuses }]
}

function fieldsOf({ name, type, status, ip_address, metadata, configuration }: Device): DeviceFields {
  return { name, type, status, ip_address, metadata, configuration }
}

function mergedFields(fields: DeviceFields, patch: DevicePatch): DeviceFields {
  return {
    name: patch.name ?? fields.name,
    type: patch.type ?? fields.type,
    status: patch.status ?? fields.status,
    ip_address: patch.ip_address === undefined ? fields.ip_address : patch.ip_address,
    metadata: patch.metadata ?? fields.metadata,
    configuration: patch.configuration ?? fields.configuration,
  }
}

function differences(before: DeviceFields, after: DeviceFields): Partial<DeviceFields> {
  const old: Record<string, unknown> = { ...before }
  return Object.fromEntries(
    Object.entries(after).filter(([key, value]) => !isDeepStrictEqual(old[key], value)),
  )
}
