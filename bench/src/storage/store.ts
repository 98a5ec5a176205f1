/** A key-value store on disk, as each library offers it. */
export interface Store {
  readonly name: string
  /** Whether a value is safe from a power cut when `set` has resolved. */
  readonly isDurable: boolean
  readonly isOurs?: boolean
  set(key: string, value: unknown): Promise<unknown>
  get?(key: string): Promise<unknown>
  /** Replaces a number by the next one. Only ours does so atomically; the others read, then write. */
  increment?(key: string): Promise<unknown>
}
