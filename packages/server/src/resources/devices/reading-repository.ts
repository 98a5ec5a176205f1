import { type Kysely, sql, type Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { HttpProblem } from '../../http/http-problem.js'
import { offsetOf } from '../../http/pagination.js'
import type { MetricsQuery } from './schema.js'

/** The metrics of one device at one time. */
export interface Reading {
  device_id: string
  metrics: Record<string, unknown>
  timestamp: Date
}

export interface StatusChange {
  device_id: string
  old_status: string
  new_status: string
}

/**
 * Keeps readings and notes that their devices are alive: last seen now, and online if they were pending or offline.
 *
 * @throws HttpProblem 404 pointing at every reading of a device that is not there; nothing is kept then.
 */
export async function insertReadings(
  trx: Transaction<Schema>,
  organizationId: string,
  readings: readonly Reading[],
): Promise<StatusChange[]> {
  const ids = [...new Set(readings.map(({ device_id }) => device_id))]
  const seen = await markSeen(trx, organizationId, ids)
  const known = new Set(seen.map(({ device_id }) => device_id))
  if (known.size < ids.length) throw unknownDevices(readings, known)
  await sql`
    insert into device_metrics (organization_id, device_id, metrics, timestamp)
    select ${organizationId}, given.* from unnest(
      ${readings.map(({ device_id }) => device_id)}::text[],
      ${readings.map(({ metrics }) => JSON.stringify(metrics))}::json[],
      ${readings.map(({ timestamp }) => timestamp)}::timestamptz[]
    ) as given
  `.execute(trx)
  return seen.filter(({ old_status, new_status }) => old_status !== new_status)
}

/** Locks in the order of the ids, so that two batches with the same devices cannot wait for each other. */
async function markSeen(
  trx: Transaction<Schema>,
  organizationId: string,
  ids: string[],
): Promise<StatusChange[]> {
  const { rows } = await sql<StatusChange>`
    with before as (
      select id, status from devices
      where organization_id = ${organizationId} and id = any(${ids}::text[])
      order by id for update
    )
    update devices set
      last_seen = ${new Date()},
      status = case when devices.status in ('pending', 'offline') then 'online' else devices.status end,
      updated_at = case when devices.status in ('pending', 'offline') then ${new Date()} else devices.updated_at end
    from before
    where devices.organization_id = ${organizationId} and devices.id = before.id
    returning devices.id as device_id, before.status as old_status, devices.status as new_status
  `.execute(trx)
  return rows
}

function unknownDevices(readings: readonly Reading[], known: ReadonlySet<string>): HttpProblem {
  const errors = readings.flatMap(({ device_id }, index) =>
    known.has(device_id)
      ? []
      : [
          {
            pointer: `/${index}/device_id`,
            detail: `There is no device ${JSON.stringify(device_id.slice(0, 128))}`,
          },
        ],
  )
  return new HttpProblem(404, errors[0]?.detail ?? 'There is no such device', { errors: errors.slice(0, 50) })
}

export async function listReadings(
  db: Kysely<Schema>,
  organizationId: string,
  deviceId: string,
  query: MetricsQuery,
): Promise<{ readings: Reading[]; totalCount: number }> {
  let matching = db
    .selectFrom('device_metrics')
    .where('organization_id', '=', organizationId)
    .where('device_id', '=', deviceId)
  if (query.since !== undefined) matching = matching.where('timestamp', '>=', query.since)
  if (query.until !== undefined) matching = matching.where('timestamp', '<', query.until)
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const readings = await matching
    .select(['device_id', 'metrics', 'timestamp'])
    .orderBy('timestamp', query.order)
    .orderBy('id', query.order)
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { readings, totalCount: Number(total) }
}
