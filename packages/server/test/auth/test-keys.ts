import { hashOf, prefixOf } from '../../src/auth/api-key.js'
import type { Database } from '../../src/database/client.js'

export interface TestKey {
  scopes?: string[]
  userId?: string
  organizationId?: string
  expiresAt?: Date
}

/** Inserts a key; its id and the key itself are the same. */
export async function insertTestKey(
  { kysely }: Pick<Database, 'kysely'>,
  key: string,
  { scopes = ['*'], userId, organizationId = 'default', expiresAt }: TestKey = {},
): Promise<string> {
  await kysely
    .insertInto('api_keys')
    .values({
      organization_id: organizationId,
      id: key,
      name: key,
      prefix: prefixOf(key),
      hash: hashOf(key),
      scopes: JSON.stringify(scopes),
      user_id: userId ?? null,
      expires_at: expiresAt ?? null,
    })
    .execute()
  return key
}

/** Inserts an active user whose role is `operator` unless another is given. */
export async function insertTestUser(
  { kysely }: Pick<Database, 'kysely'>,
  id: string,
  role = 'operator',
): Promise<string> {
  await kysely
    .insertInto('users')
    .values({ organization_id: 'default', id, email: `${id}@example.com`, name: id, role, status: 'active' })
    .execute()
  return id
}
