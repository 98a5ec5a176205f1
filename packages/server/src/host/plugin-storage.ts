import { globToRegExp } from '@ops-center/plugin-sdk/protocol'
import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'

export interface StoredEntry {
  key: string
  value: unknown
  version: string
  expires_at: string | null
}

export interface PutRequest {
  value: unknown
  ttl_ms?: number | undefined
  /** Write only over this version; null: only where nothing is. Default: whatever is there. */
  if_version?: string | null | undefined
}

export interface ListRequest {
  pattern: string
  values: boolean
  /** Only keys after this one. */
  cursor?: string | undefined
  page_size: number
}

/** Whose storage it is: it outlives the installation, unless that is purged. */
export interface StorageOwner {
  organization_id: string
  plugin_id: string
}

const alive = sql<SqlBool>`(expires_at is null or expires_at > now())`

/** Key-value storage of the plugins of each organization. */
export class PluginStorage {
  readonly #db: Kysely<Schema>

  constructor(database: Database) {
    this.#db = database.kysely
  }

  async get(owner: StorageOwner, key: string): Promise<StoredEntry | undefined> {
    const row = await this.#db
      .selectFrom('plugin_storage')
      .select(['value', 'version', 'expires_at'])
      .where(isOwnedBy(owner))
      .where('key', '=', Buffer.from(key))
      .where(alive)
      .executeTakeFirst()
    return row && { key, value: JSON.parse(row.value), ...tagsOf(row) }
  }

  /** Undefined when `if_version` is not what is stored. */
  async put(
    owner: StorageOwner,
    key: string,
    { value, ttl_ms, if_version }: PutRequest,
  ): Promise<Omit<StoredEntry, 'value'> | undefined> {
    const keyBytes = Buffer.from(key)
    const expiresAt = ttl_ms === undefined ? null : new Date(Date.now() + ttl_ms)
    const { rows } = await sql<{ version: string; expires_at: Date | null }>`
      insert into plugin_storage as stored (organization_id, plugin_id, key, value, expires_at)
      select ${owner.organization_id}::text, ${owner.plugin_id}::text, ${keyBytes}::bytea, ${JSON.stringify(value)}::text, ${expiresAt}::timestamptz
      ${typeof if_version === 'string' ? existing(owner, keyBytes) : sql``}
      on conflict (organization_id, plugin_id, key) do update
        set value = excluded.value, expires_at = excluded.expires_at, version = nextval('plugin_storage_version')
      ${writable(if_version)}
      returning version, expires_at
    `.execute(this.#db)
    const [written] = rows
    return written && { key, ...tagsOf(written) }
  }

  /** Whether there was something to delete. */
  async delete(owner: StorageOwner, key: string): Promise<boolean> {
    const row = await this.#db
      .deleteFrom('plugin_storage')
      .where(isOwnedBy(owner))
      .where('key', '=', Buffer.from(key))
      .returning(alive.as('alive'))
      .executeTakeFirst()
    return row?.alive === true
  }

  /** The number of entries that are gone. */
  async clear(owner: StorageOwner): Promise<number> {
    const rows = await this.#db
      .deleteFrom('plugin_storage')
      .where(isOwnedBy(owner))
      .returning(alive.as('alive'))
      .execute()
    return rows.filter((row) => row.alive).length
  }

  /** Entries in the order of their keys' bytes, until a page is full. */
  async list(
    owner: StorageOwner,
    { pattern, values, cursor, page_size }: ListRequest,
  ): Promise<{
    entries: { key: string; value?: unknown; expires_at: string | null }[]
    next_cursor: string | null
  }> {
    const matches = globToRegExp(pattern)
    const prefix = Buffer.from(/^[^*?[\\]*/.exec(pattern)?.[0] ?? '')
    const entries: { key: string; value?: unknown; expires_at: string | null }[] = []
    let after: Buffer | undefined = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url')
    for (;;) {
      const rows = await this.#db
        .selectFrom('plugin_storage')
        .select(['key', 'expires_at'])
        .$if(values, (query) => query.select('value'))
        .where(isOwnedBy(owner))
        .where('key', '>=', prefix)
        .where(sql<SqlBool>`substring(key from 1 for ${prefix.length}) = ${prefix}`)
        .$if(after !== undefined, (query) => query.where('key', '>', after ?? prefix))
        .where(alive)
        .orderBy('key')
        .limit(page_size)
        .execute()
      for (const { key: bytes, value, expires_at } of rows) {
        after = bytes
        const key = bytes.toString('utf8')
        if (!matches.test(key)) continue
        entries.push({
          key,
          ...(value === undefined ? {} : { value: JSON.parse(value) }),
          expires_at: expires_at?.toISOString() ?? null,
        })
        if (entries.length === page_size) return { entries, next_cursor: bytes.toString('base64url') }
      }
      if (rows.length < page_size) return { entries, next_cursor: null }
    }
  }

  /** Removes what expired, so that it takes no room. */
  async prune(): Promise<void> {
    await this.#db.deleteFrom('plugin_storage').where('expires_at', '<=', new Date()).execute()
  }
}

function isOwnedBy({ organization_id, plugin_id }: StorageOwner) {
  return ({ and }: ExpressionBuilder<Schema, 'plugin_storage'>) => and({ organization_id, plugin_id })
}

/** A version to write over must be there: nothing is inserted where there is none. */
function existing({ organization_id, plugin_id }: StorageOwner, key: Buffer) {
  return sql`where exists (
    select from plugin_storage
    where organization_id = ${organization_id} and plugin_id = ${plugin_id} and key = ${key}
  )`
}

/** What may be written over: anything; only what has expired; only one version. */
function writable(version: string | null | undefined) {
  if (version === undefined) return sql``
  return version === null
    ? sql`where stored.expires_at <= now()`
    : sql`where stored.version::text = ${version} and (stored.expires_at is null or stored.expires_at > now())`
}

function tagsOf({ version, expires_at }: { version: string; expires_at: Date | null }) {
  return { version: String(version), expires_at: expires_at?.toISOString() ?? null }
}
