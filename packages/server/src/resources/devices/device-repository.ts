import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import { offsetOf } from '../../http/pagination.js'
import { containing, storable } from '../../http/storable.js'
import type { DevicesTable } from '../schema.js'
import { type Device, type DeviceFields, type DeviceListQuery, deviceSchema } from './schema.js'

type Connection = Kysely<Schema> | Transaction<Schema>

const statusOf = deviceSchema.shape.status

/** A row as the API answers it. */
function deviceOf(row: Selectable<DevicesTable>): Device {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    status: statusOf.parse(row.status),
    ip_address: row.ip_address,
    metadata: row.metadata,
    configuration: row.configuration,
    organization_id: row.organization_id,
    last_seen: row.last_seen?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

/** @throws HttpProblem 404. */
export async function getDevice(db: Connection, organizationId: string, id: string): Promise<Device> {
  const row = await db
    .selectFrom('devices')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound('device', id)
  return deviceOf(row)
}

/** {@link getDevice} for a change: nobody else can change the row until the transaction ends. */
export async function lockDevice(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
): Promise<Device> {
  const row = await trx
    .selectFrom('devices')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw notFound('device', id)
  return deviceOf(row)
}

export async function listDevices(
  db: Connection,
  organizationId: string,
  query: DeviceListQuery,
): Promise<{ devices: Device[]; totalCount: number }> {
  let matching = db.selectFrom('devices').where('organization_id', '=', organizationId)
  if (query.status !== undefined) matching = matching.where('status', '=', query.status)
  if (query.type !== undefined) matching = matching.where('type', '=', storable(query.type))
  if (query.search !== undefined) {
    const pattern = containing(query.search)
    matching = matching.where((where) =>
      where.or([
        where('name', 'ilike', pattern),
        where('id', 'ilike', pattern),
        where('ip_address', 'ilike', pattern),
      ]),
    )
  }
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const [field, direction] = sortOf(query.sort)
  const rows = await matching
    .selectAll()
    .orderBy(field, (order) => (direction === 'asc' ? order.asc().nullsLast() : order.desc().nullsLast()))
    .orderBy('id', direction)
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { devices: rows.map(deviceOf), totalCount: Number(total) }
}

/** @throws HttpProblem 409 when the id is taken. */
export async function insertDevice(
  trx: Transaction<Schema>,
  organizationId: string,
  { id, ...fields }: DeviceFields & { id: string },
): Promise<Device> {
  const now = new Date()
  const row = await trx
    .insertInto('devices')
    .values({
      organization_id: organizationId,
      id,
      ...fields,
      metadata: JSON.stringify(fields.metadata),
      configuration: JSON.stringify(fields.configuration),
      last_seen: null,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new HttpProblem(409, `There is already a device ${JSON.stringify(id)}`)
  return deviceOf(row)
}

export async function updateDevice(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
  { metadata, configuration, ...changes }: Partial<DeviceFields>,
): Promise<Device> {
  const row = await trx
    .updateTable('devices')
    .set({
      ...changes,
      ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      ...(configuration === undefined ? {} : { configuration: JSON.stringify(configuration) }),
      updated_at: new Date(),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw notFound('device', id)
  return deviceOf(row)
}

/** The deleted device; its readings go with it. */
export async function deleteDevice(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
): Promise<Device> {
  const row = await trx
    .deleteFrom('devices')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw notFound('device', id)
  return deviceOf(row)
}

type SortField = 'created_at' | 'name' | 'type' | 'status' | 'last_seen'

const SORT_FIELDS: readonly SortField[] = ['created_at', 'name', 'type', 'status', 'last_seen']

function sortOf(sort: string): [SortField, 'asc' | 'desc'] {
  const name = sort.replace(/^-/, '')
  return [SORT_FIELDS.find((field) => field === name) ?? 'created_at', sort.startsWith('-') ? 'desc' : 'asc']
}
