import type { Duration } from '../duration.js'

/** Options of {@link Storage.set} and {@link Storage.update}. */
export interface StorageWriteOptions {
  /** How long the value lives: milliseconds or a string such as `'15m'`. Without it `set` keeps the value for ever. */
  ttl?: Duration
}

/**
 * A plugin's own key-value storage. Keys are any strings, values anything JSON can carry; every value handed out
 * is a copy. Calls for one key take effect in the order they were made.
 *
 * @example
 * await storage.set('device:1', { level: 41.5 }, { ttl: '1h' })
 * const device = await storage.get('device:1', { level: 0 })
 * await storage.update<number>('seen', (count = 0) => count + 1)
 */
export interface Storage {
  /**
   * Stores a value, replacing what was there and its time to live.
   *
   * @throws NotJsonError `storage_value_invalid`, naming the path to what JSON cannot carry; on the platform
   * StorageQuotaError `storage_quota_exceeded` when the value does not fit into what the plugin may store.
   */
  set(key: string, value: unknown, options?: StorageWriteOptions): Promise<void>
  /**
   * Reads a value; a missing or expired one reads as `defaultValue`. The type is the caller's claim about what it stored.
   *
   * @throws StorageCorruptError when the stored data cannot be read, instead of pretending there is none.
   */
  get<T = unknown>(key: string): Promise<T | undefined>
  get<T>(key: string, defaultValue: T): Promise<T>
  /** Removes a value; resolves to whether there was one. */
  delete(key: string): Promise<boolean>
  exists(key: string): Promise<boolean>
  /** The keys that match a glob (`*` any run, `?` one, `[abc]`, backslash escapes), sorted; all without one. */
  listKeys(pattern?: string): Promise<string[]>
  /**
   * The matching keys with their values, sorted by key.
   *
   * @example for (const [key, value] of await storage.entries('device:*')) { ... }
   */
  entries<T = unknown>(pattern?: string): Promise<[key: string, value: T][]>
  /** Removes everything. */
  clear(): Promise<void>
  /**
   * Replaces a value by what `fn` makes of it, atomically, and resolves to the new value. `fn` runs again when another
   * process wrote in between, so it should only compute. The time to live stays unless a new one is given.
   *
   * @throws OpsError `storage_deadlock` when `fn` writes the same key; `storage_conflict` when others never stop writing.
   */
  update<T>(
    key: string,
    fn: (current: T | undefined) => T | Promise<T>,
    options?: StorageWriteOptions,
  ): Promise<T>
}
