import type { Database } from '../database/client.js'
import { matchesHash, prefixOf } from './api-key.js'
import type { Principal } from './principal.js'

const LAST_USED_EVERY_MS = 60_000

/**
 * The principal of an API key; undefined for one that is unknown, revoked or expired, or of a user who is inactive.
 * Asks the database every time, so a revoked key stops at once on every server.
 */
export async function resolveApiKey(
  { kysely }: Pick<Database, 'kysely'>,
  key: string,
  now = new Date(),
): Promise<Principal | undefined> {
  const row = await kysely
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
    .where('prefix', '=', prefixOf(key))
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('users.status', 'is', null), where('users.status', '<>', 'inactive')]))
    .executeTakeFirst()
  if (!row || !matchesHash(key, row.hash) || (row.expires_at !== null && row.expires_at <= now))
    return undefined
  if (row.last_used_at === null || now.getTime() - row.last_used_at.getTime() > LAST_USED_EVERY_MS) {
    await kysely
      .updateTable('api_keys')
      .set({ last_used_at: now })
      .where('prefix', '=', prefixOf(key))
      .execute()
  }
  return {
    kind: 'key',
    id: row.id,
    organization_id: row.organization_id,
    permissions: new Set(row.scopes),
    label: row.user_id ?? row.id,
    name: row.user_name ?? row.user_id ?? row.name,
    ...(row.user_id === null ? {} : { user_id: row.user_id }),
    ...(row.role === null ? {} : { role: row.role }),
  }
}
