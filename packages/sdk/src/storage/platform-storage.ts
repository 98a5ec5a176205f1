import * as z from 'zod'
import type { Duration } from '../duration.js'
import { STORAGE_QUOTA_PROBLEM } from '../vocabulary.js'
import { retryOnConflict } from './conflict-retry.js'
import { ttlMilliseconds } from './expiry.js'
import { encodeJson } from './json-value.js'
import { KeyLock } from './key-lock.js'
import { isProblem, isStatus, type PlatformRequest, parseAnswer } from './platform-request.js'
import type { Storage, StorageWriteOptions } from './storage.js'
import { StorageQuotaError } from './storage-errors.js'
import { assertStorageKey } from './storage-key.js'

/** Options of {@link createPlatformStorage}. */
export interface PlatformStorageOptions {
  /** `request` of the API client, signed in as this plugin. */
  request: PlatformRequest
  pluginId: string
  /** Milliseconds since 1970, to tell how long an updated value has left. Default: the system clock. */
  now?: () => number
}

const storedValue = z.object({ value: z.unknown(), version: z.string(), expires_at: z.string().nullable() })
const deletion = z.object({ status: z.enum(['deleted', 'absent']) })
const page = z.object({
  entries: z.array(z.object({ key: z.string(), value: z.unknown().optional() })),
  next_cursor: z.string().nullable(),
})
const PAGE_SIZE = '500'

/**
 * Storage kept by the platform: shared by every machine that runs the plugin, gone when it is uninstalled with `purge`.
 *
 * @example const storage = createPlatformStorage({ request: api.request.bind(api), pluginId: 'weather-monitor' })
 */
export function createPlatformStorage(options: PlatformStorageOptions): Storage {
  return new PlatformStorage(options.request, options.pluginId, options.now ?? Date.now)
}

class PlatformStorage implements Storage {
  readonly #request: PlatformRequest
  readonly #path: string
  readonly #now: () => number
  // Keeps the order of calls, and spares the updates of one process from colliding with each other.
  readonly #lock = new KeyLock()

  constructor(request: PlatformRequest, pluginId: string, now: () => number) {
    this.#request = request
    this.#path = `/plugins/${encodeURIComponent(pluginId)}/storage`
    this.#now = now
  }

  async set(key: string, value: unknown, options: StorageWriteOptions = {}): Promise<void> {
    assertStorageKey(key)
    const json = { value: snapshot(value), ...ttlField(options.ttl, this.#now()) }
    await this.#lock.run(key, () => this.#put(key, json))
  }

  async get<T>(key: string, defaultValue?: T): Promise<T | undefined> {
    assertStorageKey(key)
    await this.#lock.idle(key)
    const stored = await this.#read<T>(key)
    return stored === undefined ? defaultValue : stored.value
  }

  async delete(key: string): Promise<boolean> {
    assertStorageKey(key)
    return await this.#lock.run(key, async () => {
      const answer = await this.#request('DELETE', `${this.#path}/value`, { query: { key } })
      return parseAnswer(deletion, answer).status === 'deleted'
    })
  }

  async exists(key: string): Promise<boolean> {
    assertStorageKey(key)
    await this.#lock.idle(key)
    return (await this.#read(key)) !== undefined
  }

  async listKeys(pattern?: string): Promise<string[]> {
    const entries = await this.#list(pattern, 'false')
    return entries.map(({ key }) => key).sort()
  }

  async entries<T>(pattern?: string): Promise<[key: string, value: T][]> {
    const entries = await this.#list(pattern, 'true')
    entries.sort((left, right) => (left.key < right.key ? -1 : 1))
    return entries.map(({ key, value }) => [key, value as T])
  }

  async clear(): Promise<void> {
    await this.#lock.runAlone(() => this.#request('DELETE', this.#path))
  }

  async update<T>(
    key: string,
    fn: (current: T | undefined) => T | Promise<T>,
    options: StorageWriteOptions = {},
  ): Promise<T> {
    assertStorageKey(key)
    return await this.#lock.run(key, () =>
      retryOnConflict(key, async () => {
        const current = await this.#read<T>(key)
        const expiresAt = current?.expiresAt
        const json = encodeJson(await fn(current?.value))
        const ttl =
          options.ttl ?? (expiresAt === undefined ? undefined : Math.max(1, expiresAt - this.#now()))
        const body = {
          value: JSON.parse(json),
          if_version: current?.version ?? null,
          ...ttlField(ttl, this.#now()),
        }
        return (await this.#putUnlessConflict(key, body)) ? { value: JSON.parse(json) } : undefined
      }),
    )
  }

  async #read<T>(
    key: string,
  ): Promise<{ value: T; version: string; expiresAt: number | undefined } | undefined> {
    try {
      const answer = await this.#request('GET', `${this.#path}/value`, { query: { key } })
      const { value, version, expires_at } = parseAnswer(storedValue, answer)
      // The caller of get<T>() says what it once stored; nothing here could know better.
      return {
        value: value as T,
        version,
        expiresAt: expires_at === null ? undefined : Date.parse(expires_at),
      }
    } catch (error) {
      if (isStatus(error, 404)) return undefined
      throw error
    }
  }

  async #put(key: string, json: object, repeatable = true): Promise<void> {
    try {
      await this.#request('PUT', `${this.#path}/value`, { query: { key }, json, repeatable })
    } catch (error) {
      if (isProblem(error, STORAGE_QUOTA_PROBLEM))
        throw new StorageQuotaError(error.message, { cause: error })
      throw error
    }
  }

  async #putUnlessConflict(key: string, json: object): Promise<boolean> {
    try {
      // Sent again after a lost answer, it would collide with its own first arrival and be applied twice.
      await this.#put(key, json, false)
      return true
    } catch (error) {
      if (isStatus(error, 409)) return false
      throw error
    }
  }

  async #list(pattern = '*', values: 'true' | 'false'): Promise<{ key: string; value: unknown }[]> {
    await this.#lock.idle()
    const entries: { key: string; value: unknown }[] = []
    let cursor: string | null = null
    do {
      const query: Record<string, string> = { pattern, values, page_size: PAGE_SIZE }
      if (cursor !== null) query.cursor = cursor
      const answer: z.infer<typeof page> = parseAnswer(
        page,
        await this.#request('GET', this.#path, { query }),
      )
      for (const { key, value } of answer.entries) entries.push({ key, value })
      cursor = answer.next_cursor
    } while (cursor !== null)
    return entries
  }
}

/** A copy taken now, so that what the caller changes later is not what gets sent. */
function snapshot(value: unknown): unknown {
  return JSON.parse(encodeJson(value))
}

function ttlField(ttl: Duration | undefined, now: number): { ttl_ms?: number } {
  return ttl === undefined ? {} : { ttl_ms: ttlMilliseconds(ttl, now) }
}
