import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import { offsetOf } from '../../http/pagination.js'
import { storable } from '../../http/storable.js'
import type { AlertsTable } from '../schema.js'
import { type Alert, type AlertFields, type AlertListQuery, alertSchema } from './schema.js'

type Connection = Kysely<Schema> | Transaction<Schema>

/** A change of an alert: any of its fields, and how far it is dealt with. */
export type AlertChanges = Partial<
  Pick<
    Alert,
    keyof AlertFields | 'status' | 'acknowledged_at' | 'acknowledged_by' | 'resolved_at' | 'resolved_by'
  >
>

const { severity: severityOf, status: statusOf } = alertSchema.shape

function alertOf(row: Selectable<AlertsTable>): Alert {
  return {
    id: row.id,
    title: row.title,
    message: row.message,
    severity: severityOf.parse(row.severity),
    status: statusOf.parse(row.status),
    device_id: row.device_id,
    metadata: row.metadata,
    organization_id: row.organization_id,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    acknowledged_at: row.acknowledged_at?.toISOString() ?? null,
    acknowledged_by: row.acknowledged_by,
    resolved_at: row.resolved_at?.toISOString() ?? null,
    resolved_by: row.resolved_by,
  }
}

/** @throws HttpProblem 404. */
export async function getAlert(db: Connection, organizationId: string, id: string): Promise<Alert> {
  const row = await db
    .selectFrom('alerts')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound('alert', id)
  return alertOf(row)
}

/** {@link getAlert} for a change: nobody else can change the row until the transaction ends. */
export async function lockAlert(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
): Promise<Alert> {
  const row = await trx
    .selectFrom('alerts')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw notFound('alert', id)
  return alertOf(row)
}

/** Newest first. */
export async function listAlerts(
  db: Connection,
  organizationId: string,
  query: AlertListQuery,
): Promise<{ alerts: Alert[]; totalCount: number }> {
  let matching = db.selectFrom('alerts').where('organization_id', '=', organizationId)
  if (query.severity !== undefined) matching = matching.where('severity', '=', query.severity)
  if (query.status !== undefined) matching = matching.where('status', '=', query.status)
  if (query.device_id !== undefined) matching = matching.where('device_id', '=', storable(query.device_id))
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { alerts: rows.map(alertOf), totalCount: Number(total) }
}

/** @throws HttpProblem 409 when the id is taken. */
export async function insertAlert(
  trx: Transaction<Schema>,
  organizationId: string,
  { id, metadata, ...fields }: AlertFields & { id: string; created_by: string },
): Promise<Alert> {
  const row = await trx
    .insertInto('alerts')
    .values({
      organization_id: organizationId,
      id,
      ...fields,
      metadata: JSON.stringify(metadata),
      status: 'active',
      created_at: new Date(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new HttpProblem(409, `There is already an alert ${JSON.stringify(id)}`)
  return alertOf(row)
}

export async function updateAlert(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
  { metadata, acknowledged_at, resolved_at, ...changes }: AlertChanges,
): Promise<Alert> {
  const row = await trx
    .updateTable('alerts')
    .set({
      ...changes,
      ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      ...(acknowledged_at === undefined ? {} : { acknowledged_at: timeOf(acknowledged_at) }),
      ...(resolved_at === undefined ? {} : { resolved_at: timeOf(resolved_at) }),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw notFound('alert', id)
  return alertOf(row)
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
