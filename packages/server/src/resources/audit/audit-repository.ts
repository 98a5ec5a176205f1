import type { Kysely, Selectable } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { offsetOf } from '../../http/pagination.js'
import { storable } from '../../http/storable.js'
import type { AuditLogTable } from '../schema.js'
import { type AuditEntry, type AuditQuery, auditEntrySchema } from './schema.js'

const { principal_kind: kindOf } = auditEntrySchema.shape

function entryOf(row: Selectable<AuditLogTable>): AuditEntry {
  return {
    id: row.id,
    occurred_at: row.occurred_at.toISOString(),
    principal_kind: kindOf.parse(row.principal_kind),
    principal_id: row.principal_id,
    principal: row.principal,
    action: row.action,
    path: row.path,
    fields: row.fields,
    status: row.status,
    request_id: row.request_id,
    organization_id: row.organization_id,
  }
}

export async function insertAuditEntry(
  db: Kysely<Schema>,
  { fields, ...entry }: Omit<AuditEntry, 'id' | 'occurred_at'>,
): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({ ...entry, fields: JSON.stringify(fields), occurred_at: new Date() })
    .execute()
}

/** Newest first. */
export async function listAuditEntries(
  db: Kysely<Schema>,
  organizationId: string,
  query: AuditQuery,
): Promise<{ entries: AuditEntry[]; totalCount: number }> {
  let matching = db.selectFrom('audit_log').where('organization_id', '=', organizationId)
  for (const column of ['principal_id', 'principal_kind', 'action', 'path'] as const) {
    const value = query[column]
    if (value !== undefined) matching = matching.where(column, '=', storable(value))
  }
  if (query.since !== undefined) matching = matching.where('occurred_at', '>=', query.since)
  if (query.until !== undefined) matching = matching.where('occurred_at', '<', query.until)
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('id', 'desc')
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { entries: rows.map(entryOf), totalCount: Number(total) }
}
