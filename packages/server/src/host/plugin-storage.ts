import { OpsError } from '@ops-center/plugin-sdk'
import { globToRegExp } from '@ops-center/plugin-sdk/protocol'
import {
  type ExpressionBuilder,
  type Kysely,
  type RawBuilder,
  type SqlBool,
  sql,
  type Transaction,
} from 'kysely'
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

/** How much one plugin may store. */
export interface StorageQuota {
  bytes: number
  keys: number
}

/** What it stores, keys and values as bytes; what expired counts until it is removed. */
export type StorageUsage = StorageQuota

/** A value does not fit into what is left (`storage_quota_exceeded`). */
export class StorageQuotaExceeded extends OpsError {
  constructor({ plugin_id }: StorageOwner, usage: StorageUsage, quota: StorageQuota) {
    super(
      'storage_quota_exceeded',
      `The storage of plugin "${plugin_id}" is full: it has ${usage.bytes} of ${quota.bytes} bytes in ` +
        `${usage.keys} of ${quota.keys} keys, and this value does not fit. Delete what is not needed, or ` +
        'have the operator raise OPS_CENTER_PLUGIN_STORAGE_BYTES or OPS_CENTER_PLUGIN_STORAGE_KEYS',
    )
  }
}

/** Milliseconds that one page takes, whatever its pattern: the server waits for nothing else meanwhile. */
const LIST_MS = 250

const alive = sql<SqlBool>`(expires_at is null or expires_at > now())`

/** Key-value storage of the plugins of each organization. */
export class PluginStorage {
  readonly #db: Kysely<Schema>
  readonly quota: StorageQuota

  constructor(database: Database, quota: StorageQuota) {
    this.#db = database.kysely
    this.quota = quota
  }

  async usage(owner: StorageOwner): Promise<StorageUsage> {
    return readUsage(this.#db, owner)
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

  /**
   * Undefined when `if_version` is not what is stored.
   *
   * @throws StorageQuotaExceeded when the value does not fit; nothing changed then.
   */
  async put(
    owner: StorageOwner,
    key: string,
    request: PutRequest,
  ): Promise<Omit<StoredEntry, 'value'> | undefined> {
    try {
      return await this.#put(owner, key, request)
    } catch (error) {
      // What expired takes room until somebody needs it.
      if (!(error instanceof StorageQuotaExceeded) || !(await this.#removeExpired(owner))) throw error
      return this.#put(owner, key, request)
    }
  }

  /** Whether there was something to delete. */
  async delete(owner: StorageOwner, key: string): Promise<boolean> {
    const isKey = sql<SqlBool>`key = ${Buffer.from(key)}`
    return (await this.#remove(owner, isKey)).alive > 0
  }

  /** The number of entries that are gone. */
  async clear(owner: StorageOwner): Promise<number> {
    return (await this.#remove(owner, sql<SqlBool>`true`)).alive
  }

  /** Entries in the order of their keys' bytes, until a page is full or has taken its time. */
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
    const end = performance.now() + LIST_MS
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
        if (matches.test(key)) {
          entries.push({
            key,
            ...(value === undefined ? {} : { value: JSON.parse(value) }),
            expires_at: expires_at?.toISOString() ?? null,
          })
        }
        if (entries.length === page_size || performance.now() > end)
          return { entries, next_cursor: bytes.toString('base64url') }
      }
      if (rows.length < page_size) return { entries, next_cursor: null }
    }
  }

  /** Removes what expired, so that it takes no room. */
  async prune(): Promise<void> {
    const owners = await this.#db
      .selectFrom('plugin_storage')
      .select(['organization_id', 'plugin_id'])
      .distinct()
      .where(sql<SqlBool>`expires_at <= now()`)
      .execute()
    for (const owner of owners) await this.#removeExpired(owner)
  }

  async #put(owner: StorageOwner, key: string, { value, ttl_ms, if_version }: PutRequest) {
    const keyBytes = Buffer.from(key)
    const expiresAt = ttl_ms === undefined ? null : new Date(Date.now() + ttl_ms)
    return this.#db.transaction().execute(async (trx) => {
      await lockUsage(trx, owner)
      const { rows } = await sql<{ version: string; expires_at: Date | null; fits: boolean }>`
        with former as (
          select ${SIZE} as size from plugin_storage
          where organization_id = ${owner.organization_id} and plugin_id = ${owner.plugin_id} and key = ${keyBytes}
        ), written as (
          insert into plugin_storage as stored (organization_id, plugin_id, key, value, expires_at)
          select ${owner.organization_id}::text, ${owner.plugin_id}::text, ${keyBytes}::bytea, ${JSON.stringify(value)}::text, ${expiresAt}::timestamptz
          ${typeof if_version === 'string' ? sql`where exists (select from former)` : sql``}
          on conflict (organization_id, plugin_id, key) do update
            set value = excluded.value, expires_at = excluded.expires_at, version = nextval('plugin_storage_version')
          ${writable(if_version)}
          returning version, expires_at, ${SIZE} - coalesce((select size from former), 0) as grown,
            case when exists (select from former) then 0 else 1 end as added
        ), counted as (
          update plugin_storage_usage as usage set bytes = usage.bytes + grown, keys = usage.keys + added from written
          where organization_id = ${owner.organization_id} and plugin_id = ${owner.plugin_id}
            and (grown <= 0 or usage.bytes + grown <= ${this.quota.bytes}::bigint)
            and (added = 0 or usage.keys + added <= ${this.quota.keys}::bigint)
          returning 1
        )
        select version, expires_at, exists (select from counted) as fits from written
      `.execute(trx)
      const [written] = rows
      if (written && !written.fits) {
        throw new StorageQuotaExceeded(owner, await readUsage(trx, owner), this.quota)
      }
      return written && { key, ...tagsOf(written) }
    })
  }

  /** Whether anything was removed. */
  async #removeExpired(owner: StorageOwner): Promise<boolean> {
    return (await this.#remove(owner, sql<SqlBool>`expires_at <= now()`)).all > 0
  }

  /** How many entries were removed, and how many of them had not expired. */
  #remove(owner: StorageOwner, which: RawBuilder<SqlBool>): Promise<{ all: number; alive: number }> {
    return this.#db.transaction().execute(async (trx) => {
      await lockUsage(trx, owner)
      const { rows } = await sql<{ entries: string; living: string }>`
        with removed as (
          delete from plugin_storage
          where organization_id = ${owner.organization_id} and plugin_id = ${owner.plugin_id} and ${which}
          returning ${SIZE} as size, ${alive} as alive
        ), counted as (
          update plugin_storage_usage set bytes = bytes - (select coalesce(sum(size), 0) from removed),
            keys = keys - (select count(*) from removed)
          where organization_id = ${owner.organization_id} and plugin_id = ${owner.plugin_id}
        )
        select count(*) as entries, count(*) filter (where alive) as living from removed
      `.execute(trx)
      return { all: Number(rows[0]?.entries), alive: Number(rows[0]?.living) }
    })
  }
}

/** What an entry takes. */
const SIZE = sql<number>`(octet_length(key) + octet_length(value))`

/** From here to the end of the transaction nobody else writes for this owner: not even another node. */
async function lockUsage(trx: Transaction<Schema>, owner: StorageOwner): Promise<void> {
  const { organization_id, plugin_id } = owner
  await trx
    .insertInto('plugin_storage_usage')
    .values({ organization_id, plugin_id, bytes: 0, keys: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'plugin_id'])
        .doUpdateSet(({ ref }) => ({ keys: ref('plugin_storage_usage.keys') })),
    )
    .execute()
}

async function readUsage(db: Kysely<Schema>, owner: StorageOwner): Promise<StorageUsage> {
  const row = await db
    .selectFrom('plugin_storage_usage')
    .select(['bytes', 'keys'])
    .where('organization_id', '=', owner.organization_id)
    .where('plugin_id', '=', owner.plugin_id)
    .executeTakeFirst()
  return { bytes: Number(row?.bytes ?? 0), keys: Number(row?.keys ?? 0) }
}

function isOwnedBy({ organization_id, plugin_id }: StorageOwner) {
  return ({ and }: ExpressionBuilder<Schema, 'plugin_storage'>) => and({ organization_id, plugin_id })
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
