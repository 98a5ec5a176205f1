import { type Clock, systemClock } from '../clock.js'
import { expiryOf, isExpired, updatedExpiry } from '../storage/expiry.js'
import { globToRegExp } from '../storage/glob.js'
import { encodeJson } from '../storage/json-value.js'
import { KeyLock } from '../storage/key-lock.js'
import type { Storage, StorageWriteOptions } from '../storage/storage.js'
import { StorageQuotaError } from '../storage/storage-errors.js'
import { assertStorageKey } from '../storage/storage-key.js'

/** How much a storage holds, keys and values as bytes, as the platform counts them. */
export interface StorageQuota {
  readonly bytes?: number
  readonly keys?: number
}

/** Options of {@link MockStorage}. */
export interface MockStorageOptions {
  /** What it holds at first. */
  initial?: Readonly<Record<string, unknown>>
  /** The clock that times to live follow. Default: the system clock. */
  clock?: Pick<Clock, 'now'>
  /** Default: no limit. */
  quota?: StorageQuota
}

interface MockEntry {
  readonly json: string
  readonly expiresAt: number | null
}

/**
 * Storage in memory with the behaviour and the errors of the real drivers: values are copies, JSON rules apply.
 *
 * @example const storage = new MockStorage({ initial: { 'device:1': { level: 41.5 } } })
 */
export class MockStorage implements Storage {
  readonly #entries = new Map<string, MockEntry>()
  readonly #clock: Pick<Clock, 'now'>
  readonly #quota: StorageQuota
  readonly #lock = new KeyLock()

  constructor(options: MockStorageOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#quota = options.quota ?? {}
    for (const [key, value] of Object.entries(options.initial ?? {})) {
      this.#entries.set(key, { json: encodeJson(value), expiresAt: null })
    }
  }

  async set(key: string, value: unknown, options: StorageWriteOptions = {}): Promise<void> {
    assertStorageKey(key)
    const entry = { json: encodeJson(value), expiresAt: expiryOf(options.ttl, this.#clock.now()) }
    await this.#lock.run(key, async () => this.#keep(key, entry))
  }

  async get<T>(key: string, defaultValue?: T): Promise<T | undefined> {
    assertStorageKey(key)
    await this.#lock.idle(key)
    const entry = this.#live(key)
    return entry === undefined ? defaultValue : JSON.parse(entry.json)
  }

  async delete(key: string): Promise<boolean> {
    assertStorageKey(key)
    return await this.#lock.run(key, async () => {
      const existed = this.#live(key) !== undefined
      this.#entries.delete(key)
      return existed
    })
  }

  async exists(key: string): Promise<boolean> {
    assertStorageKey(key)
    await this.#lock.idle(key)
    return this.#live(key) !== undefined
  }

  async listKeys(pattern?: string): Promise<string[]> {
    await this.#lock.idle()
    const glob = pattern === undefined ? undefined : globToRegExp(pattern)
    const keys = [...this.#entries.keys()].filter((key) => this.#live(key) && glob?.test(key) !== false)
    return keys.sort()
  }

  async entries<T>(pattern?: string): Promise<[key: string, value: T][]> {
    const entries: [key: string, value: T][] = []
    for (const key of await this.listKeys(pattern)) {
      const entry = this.#live(key)
      if (entry !== undefined) entries.push([key, JSON.parse(entry.json)])
    }
    return entries
  }

  async clear(): Promise<void> {
    await this.#lock.runAlone(async () => this.#entries.clear())
  }

  async update<T>(
    key: string,
    fn: (current: T | undefined) => T | Promise<T>,
    options: StorageWriteOptions = {},
  ): Promise<T> {
    assertStorageKey(key)
    return await this.#lock.run(key, async () => {
      const current = this.#live(key)
      const json = encodeJson(await fn(current === undefined ? undefined : JSON.parse(current.json)))
      const expiresAt = updatedExpiry(current?.expiresAt ?? null, options.ttl, this.#clock.now())
      this.#keep(key, { json, expiresAt })
      return JSON.parse(json)
    })
  }

  #keep(key: string, entry: MockEntry): void {
    if (this.#quota.bytes === undefined && this.#quota.keys === undefined) {
      this.#entries.set(key, entry)
      return
    }
    const { bytes = Number.POSITIVE_INFINITY, keys = Number.POSITIVE_INFINITY } = this.#quota
    const live = [...this.#entries].filter(([other]) => this.#live(other))
    const used = live.reduce((sum, [other, { json }]) => sum + sizeOf(other, json), 0)
    const before = this.#live(key)
    const grown = sizeOf(key, entry.json) - (before ? sizeOf(key, before.json) : 0)
    // What shrinks, or is there already, fits even into a storage that is more than full.
    const fits = (grown <= 0 || used + grown <= bytes) && (before !== undefined || live.length < keys)
    if (!fits) {
      throw new StorageQuotaError(
        `The storage is full: ${used} bytes in ${live.length} keys, and this does not fit`,
      )
    }
    this.#entries.set(key, entry)
  }

  #live(key: string): MockEntry | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined || isExpired(entry.expiresAt, this.#clock.now()) ? undefined : entry
  }
}

function sizeOf(key: string, json: string): number {
  return Buffer.byteLength(key) + Buffer.byteLength(json)
}
