import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '../database/client.js'
import { generateApiKey, hashOf, prefixOf } from './api-key.js'

/** The key with every permission that a server starts with. */
export interface AdminKey {
  /** Undefined when keys exist already and none was given or kept here. */
  key: string | undefined
  /** Where a generated key is kept. */
  file: string | undefined
  /** Whether it was generated just now, the one time to show it. */
  generated: boolean
}

/**
 * Makes sure that somebody can use the server.
 *
 * A key that is given works from then on, beside whatever keys exist. Without one, a database that has no key yet
 * gets a generated one, kept in `<dataDir>/admin-key` (mode 600).
 */
export async function ensureAdminKey(
  database: Pick<Database, 'kysely'>,
  options: { dataDir: string; adminKey?: string | undefined },
): Promise<AdminKey> {
  const file = join(options.dataDir, 'admin-key')
  if (options.adminKey !== undefined) {
    await allow(database, options.adminKey)
    return { key: options.adminKey, file: undefined, generated: false }
  }
  const kept = await readFile(file, 'utf8').then(
    (text) => text.trim() || undefined,
    () => undefined,
  )
  const any = await database.kysely.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()
  if (any) return { key: kept, file: kept === undefined ? undefined : file, generated: false }
  const key = kept ?? generateApiKey()
  // The file comes first: a crash in between then leaves a key that the next start allows, not one nobody knows.
  if (kept === undefined) await writeFile(file, `${key}\n`, { mode: 0o600, flush: true })
  await allow(database, key)
  return { key, file, generated: kept === undefined }
}

async function allow({ kysely }: Pick<Database, 'kysely'>, key: string): Promise<void> {
  const prefix = prefixOf(key)
  await kysely
    .insertInto('api_keys')
    .values({
      organization_id: 'default',
      id: `admin-${prefix.slice(-12)}`,
      name: 'admin',
      prefix,
      hash: hashOf(key),
      scopes: JSON.stringify(['*']),
      user_id: 'admin',
    })
    .onConflict((conflict) =>
      conflict
        .column('prefix')
        .doUpdateSet({ revoked_at: null, expires_at: null, scopes: JSON.stringify(['*']) }),
    )
    .execute()
  // Whoever can set this key can let its user in again.
  await kysely
    .updateTable('users')
    .set({ status: 'active' })
    .where('organization_id', '=', 'default')
    .where('id', '=', 'admin')
    .execute()
}
