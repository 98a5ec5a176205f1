import type { Database } from '../database/client.js'
import { matchesHash, prefixOf } from './api-key.js'
import { narrowedToRole } from './permissions.js'
import type { Principal } from './principal.js'

const LAST_USED_EVERY_MS = 60_000

/** A key that works. */
export interface FoundKey {
  principal: Principal
  /** Milliseconds since 1970; infinite for a key that does not expire. */
  expiresAt: number
}

type Source = Pick<Database, 'kysely'>

/**
 * What the database says of an API key; undefined for one that is unknown, revoked or expired, or of a user who is
 * inactive. Notes about once a minute that it was used.
 */
export async function findKey(
  database: Source,
  key: string,
  now: number = Date.now(),
): Promise<FoundKey | undefined> {
  const prefix = prefixOf(key)
  const row = await working(database).where('prefix', '=', prefix).executeTakeFirst()
  if (!row || !matchesHash(key, row.hash)) return undefined
  const found = foundKeyOf(row, now)
  if (found && (row.last_used_at === null || now - row.last_used_at.getTime() > LAST_USED_EVERY_MS)) {
    await database.kysely
      .updateTable('api_keys')
      .set({ last_used_at: new Date(now) })
      .where('prefix', '=', prefix)
      .execute()
  }
  return found
}

/** The same for a key of which only the principal is known. */
export async function findKeyOf(
  database: Source,
  { organization_id, id }: Pick<Principal, 'organization_id' | 'id'>,
  now: number = Date.now(),
): Promise<FoundKey | undefined> {
  const row = await working(database)
    .where('api_keys.organization_id', '=', organization_id)
    .where('api_keys.id', '=', id)
    .executeTakeFirst()
  return row && foundKeyOf(row, now)
}

function working({ kysely }: Source) {
  return kysely
    .selectFrom('api_keys')
    .leftJoin('users', (join) =>
      join
        .onRef('users.organization_id', '=', 'api_keys.organization_id')
        .onRef('users.id', '=', 'api_keys.user_id'),
    )
    .select([
      'api_keys.organization_id',
      'api_keys.id',
      'hash',
      'scopes',
      'user_id',
      'api_keys.name',
      'users.name as user_name',
      'users.role',
      'expires_at',
      'last_used_at',
    ])
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('users.status', 'is', null), where('users.status', '<>', 'inactive')]))
}

type KeyRow = NonNullable<Awaited<ReturnType<ReturnType<typeof working>['executeTakeFirst']>>>

function foundKeyOf(row: KeyRow, now: number): FoundKey | undefined {
  const expiresAt = row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY
  if (expiresAt <= now) return undefined
  const principal: Principal = {
    kind: 'key',
    id: row.id,
    organization_id: row.organization_id,
    permissions: new Set(row.role === null ? row.scopes : narrowedToRole(row.scopes, row.role)),
    label: row.user_id ?? row.id,
    name: row.user_name ?? row.user_id ?? row.name,
    ...(row.user_id === null ? {} : { user_id: row.user_id }),
    ...(row.role === null ? {} : { role: row.role }),
  }
  return { principal: Object.freeze(principal), expiresAt }
}
