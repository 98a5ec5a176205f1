import { systemClock } from '../clock.js'
import { retryOnConflict } from './conflict-retry.js'
import { expiryOf, isExpired, updatedExpiry } from './expiry.js'
import { fileNameOf, parseFileName } from './file-names.js'
import { globToRegExp } from './glob.js'
import { encodeJson } from './json-value.js'
import { KeyLock } from './key-lock.js'
import type { Storage, StorageWriteOptions } from './storage.js'
import { StorageCorruptError } from './storage-errors.js'
import { StorageFolder } from './storage-folder.js'
import { assertStorageKey } from './storage-key.js'
import { parseHeader, parseStored, type StoredHeader, storedText } from './stored-file.js'

/** Options of {@link createFileStorage}. */
export interface FileStorageOptions {
  /** The folder for this plugin's values; made when first needed. */
  directory: string
  /** Milliseconds since 1970, for times to live. Default: the system clock. */
  now?: () => number
}

// Only folders that ever held a value with a time to live need to look into files to list keys.
const EXPIRY_MARKER = '.expiring'

/**
 * Storage in one folder, one JSON file per key. Writes are atomic and durable (file and folder are flushed before
 * they resolve), and several processes may share the folder: their updates never overwrite each other.
 *
 * @example const storage = createFileStorage({ directory: 'data/weather-monitor' })
 */
export function createFileStorage(options: FileStorageOptions): Storage {
  return new FileStorage(options.directory, options.now ?? systemClock.now)
}

class FileStorage implements Storage {
  readonly #folder: StorageFolder
  readonly #now: () => number
  readonly #lock = new KeyLock()

  constructor(directory: string, now: () => number) {
    this.#folder = new StorageFolder(directory)
    this.#now = now
  }

  async set(key: string, value: unknown, options: StorageWriteOptions = {}): Promise<void> {
    assertStorageKey(key)
    const json = encodeJson(value)
    const header = { key, expiresAt: expiryOf(options.ttl, this.#now()) }
    await this.#lock.run(key, () => this.#replace(header, json))
  }

  async get<T>(key: string, defaultValue?: T): Promise<T | undefined> {
    assertStorageKey(key)
    await this.#lock.idle(key)
    const text = await this.#folder.read(fileNameOf(key))
    const stored = this.#live<T>(key, text)
    if (stored !== undefined) return stored.value
    if (text !== undefined) await this.#removeExpired(key)
    return defaultValue
  }

  async delete(key: string): Promise<boolean> {
    assertStorageKey(key)
    return await this.#lock.run(key, async () => {
      let live = true
      const removed = await this.#folder.removeIf(fileNameOf(key), (firstLine) => {
        live = !this.#isKnownExpired(firstLine)
        return true
      })
      return removed && live
    })
  }

  async exists(key: string): Promise<boolean> {
    assertStorageKey(key)
    await this.#lock.idle(key)
    const name = fileNameOf(key)
    const line = await this.#folder.readFirstLine(name)
    return line !== undefined && !isExpired(parseHeader(line, this.#folder.path(name)).expiresAt, this.#now())
  }

  async listKeys(pattern?: string): Promise<string[]> {
    await this.#lock.idle()
    const glob = pattern === undefined ? undefined : globToRegExp(pattern)
    const mayExpire = this.#folder.has(EXPIRY_MARKER)
    const keys: string[] = []
    for (const name of await this.#folder.list()) {
      const parsed = parseFileName(name)
      if (parsed === undefined || (parsed.key !== undefined && glob?.test(parsed.key) === false)) continue
      const key = parsed.key === undefined || mayExpire ? await this.#readKey(name) : parsed.key
      if (key !== undefined && glob?.test(key) !== false) keys.push(key)
    }
    return keys.sort()
  }

  async entries<T>(pattern?: string): Promise<[key: string, value: T][]> {
    const entries: [key: string, value: T][] = []
    for (const key of await this.listKeys(pattern)) {
      const stored = this.#live<T>(key, await this.#folder.read(fileNameOf(key)))
      if (stored !== undefined) entries.push([key, stored.value])
    }
    return entries
  }

  async clear(): Promise<void> {
    await this.#lock.runAlone(async () => {
      const names = await this.#folder.list()
      await this.#folder.removeAll(names.filter((name) => parseFileName(name) !== undefined))
    })
  }

  async update<T>(
    key: string,
    fn: (current: T | undefined) => T | Promise<T>,
    options: StorageWriteOptions = {},
  ): Promise<T> {
    assertStorageKey(key)
    return await this.#lock.run(key, () =>
      retryOnConflict(key, async () => {
        const before = await this.#folder.read(fileNameOf(key))
        const current = this.#live<T>(key, before)
        const json = encodeJson(await fn(current?.value))
        const expiresAt = updatedExpiry(current?.header.expiresAt ?? null, options.ttl, this.#now())
        const written = await this.#replace({ key, expiresAt }, json, before ?? null)
        return written ? { value: JSON.parse(json) } : undefined
      }),
    )
  }

  async #replace(header: StoredHeader, json: string, expected?: string | null): Promise<boolean> {
    if (header.expiresAt !== null) await this.#folder.touch(EXPIRY_MARKER)
    return await this.#folder.replace(fileNameOf(header.key), storedText(header, json), expected)
  }

  #live<T>(key: string, text: string | undefined): { header: StoredHeader; value: T } | undefined {
    if (text === undefined) return undefined
    const file = this.#folder.path(fileNameOf(key))
    const stored = parseStored<T>(text, file)
    if (stored.header.key !== key) throw new StorageCorruptError(file, 'it holds the value of another key')
    return isExpired(stored.header.expiresAt, this.#now()) ? undefined : stored
  }

  /** The key inside a file that has not expired. */
  async #readKey(name: string): Promise<string | undefined> {
    const line = await this.#folder.readFirstLine(name)
    if (line === undefined) return undefined
    const header = parseHeader(line, this.#folder.path(name))
    if (!isExpired(header.expiresAt, this.#now())) return header.key
    await this.#removeExpired(header.key)
    return undefined
  }

  async #removeExpired(key: string): Promise<void> {
    await this.#folder.removeIf(fileNameOf(key), (firstLine) => this.#isKnownExpired(firstLine))
  }

  /** False for a corrupt file too: what cannot be read is not cleared away in passing. */
  #isKnownExpired(firstLine: string): boolean {
    try {
      return isExpired(parseHeader(firstLine, '').expiresAt, this.#now())
    } catch {
      return false
    }
  }
}
