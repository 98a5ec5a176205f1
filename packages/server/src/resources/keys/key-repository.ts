import { randomUUID } from 'node:crypto'
import type { Kysely, Selectable, Transaction } from 'kysely'
import { hashOf, prefixOf } from '../../auth/api-key.js'
import type { Schema } from '../../database/schema.js'
import { notFound } from '../../http/http-problem.js'
import { offsetOf } from '../../http/pagination.js'
import type { ApiKeysTable } from '../schema.js'
import type { ApiKey, KeyListQuery } from './schema.js'

function apiKeyOf(row: Selectable<ApiKeysTable>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    user_id: row.user_id,
    organization_id: row.organization_id,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
  }
}

export interface NewKey {
  key: string
  name: string
  scopes: readonly string[]
  user_id: string | null
  expires_at: Date | null
}

export async function insertKey(
  trx: Transaction<Schema>,
  organizationId: string,
  { key, scopes, ...fields }: NewKey,
): Promise<ApiKey> {
  const row = await trx
    .insertInto('api_keys')
    .values({
      organization_id: organizationId,
      id: randomUUID(),
      ...fields,
      prefix: prefixOf(key),
      hash: hashOf(key),
      scopes: JSON.stringify(scopes),
      created_at: new Date(),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return apiKeyOf(row)
}

/** Keys that were not revoked, newest first. */
export async function listKeys(
  db: Kysely<Schema>,
  organizationId: string,
  query: KeyListQuery,
): Promise<{ keys: ApiKey[]; totalCount: number }> {
  const matching = db
    .selectFrom('api_keys')
    .where('organization_id', '=', organizationId)
    .where('revoked_at', 'is', null)
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
  return { keys: rows.map(apiKeyOf), totalCount: Number(total) }
}

/** @throws HttpProblem 404, also for one that is revoked already. */
export async function revokeKey(db: Kysely<Schema>, organizationId: string, id: string): Promise<void> {
  const row = await db
    .updateTable('api_keys')
    .set({ revoked_at: new Date() })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (!row) throw notFound('API key', id)
}
