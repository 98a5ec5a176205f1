import type { ConfigPath } from './config-path.js'
import type { ConfigValues } from './config-value.js'

/** What a change handler receives: everything before and after, frozen. */
export interface ConfigChange {
  old_config: ConfigValues
  new_config: ConfigValues
}

/**
 * Configuration of a plugin. From strongest to weakest: what `set` was given, the environment
 * (`OPS_PLUGIN_CONFIG__SMTP__HOST`), what the platform's operator set, `config.yaml`, the `default`s of
 * `config_schema`. Values are frozen. Files are read at first use; reading and changing throw `ConfigError`
 * when the result does not satisfy the schema, and then nothing changes.
 *
 * @example
 * const host = plugin.config.get('smtp.host', 'localhost')
 */
export interface Config {
  /** The value at a path, or the default when there is none. Its type is trusted: declare it in `config_schema`. */
  get<T>(path: ConfigPath, defaultValue: T): T
  get<T = unknown>(path: ConfigPath): T | undefined
  /** Sets a value until `reload()`; `save()` makes it last. */
  set(path: ConfigPath, value: unknown): void
  /** All values, secrets included: print `masked()` instead. */
  all(): ConfigValues
  /** All values with secrets as `***`; what printing or `JSON.stringify` shows of this object. */
  masked(): ConfigValues
  /** Writes what was set into `config.yaml`, keeping its comments. */
  save(): Promise<void>
  /** Reads everything again; what was set and not saved is dropped. */
  reload(): void
  /** Calls back after each change with what was and what is. Returns what ends it. */
  onChange(handler: (change: ConfigChange) => unknown): () => void
  /** Reloads when `config.yaml` changes, keeping what was set and not saved; wrong contents are reported and change nothing. */
  watch(): void
  /** Ends `watch()`. */
  close(): void
  /** For the host: replaces what the operator set, and rejects with each change handler that failed. */
  replacePlatformValues(values: ConfigValues): Promise<void>
}
