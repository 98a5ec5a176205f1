import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Config, ConfigChange } from '../config/config.js'
import type { ConfigPath } from '../config/config-path.js'
import type { ConfigSchema } from '../config/config-schema.js'
import type { ConfigValues } from '../config/config-value.js'
import { createConfig } from '../config/create-config.js'

export interface MockConfigOptions {
  /** The plugin's `config_schema`: its defaults apply, and what does not satisfy it throws. Default: anything goes. */
  schema?: ConfigSchema | undefined
  /** Told each secret, so that a logger can mask it. */
  onSecret?: ((value: string) => void) | undefined
  /** Told what change handlers threw. Default: standard error. */
  onError?: ((error: unknown) => void) | undefined
}

interface Handler {
  readonly handle: (change: ConfigChange) => unknown
  off: () => void
}

/**
 * The real configuration without files and environment: values, then the schema's defaults.
 *
 * @example
 * const config = new MockConfig({ smtp: { host: 'mail.test' } })
 * config.get('smtp.host') // 'mail.test'
 */
export class MockConfig implements Config {
  readonly #initial: ConfigValues
  readonly #options: MockConfigOptions
  readonly #handlers = new Set<Handler>()
  #config: Config

  constructor(values: ConfigValues = {}, options: MockConfigOptions = {}) {
    this.#initial = structuredClone(values)
    this.#options = options
    this.#config = this.#create()
  }

  get<T>(path: ConfigPath, defaultValue: T): T
  get<T = unknown>(path: ConfigPath): T | undefined
  get<T>(path: ConfigPath, defaultValue?: T): T | undefined {
    return this.#config.get(path, defaultValue)
  }

  set(path: ConfigPath, value: unknown): void {
    this.#config.set(path, value)
  }

  all(): ConfigValues {
    return this.#config.all()
  }

  masked(): ConfigValues {
    return this.#config.masked()
  }

  /** Keeps what was set beyond `reload()`; nothing is written anywhere. */
  save(): Promise<void> {
    return this.#config.replacePlatformValues(this.#config.all())
  }

  reload(): void {
    this.#config.reload()
  }

  onChange(handle: (change: ConfigChange) => unknown): () => void {
    const handler: Handler = { handle, off: this.#config.onChange(handle) }
    this.#handlers.add(handler)
    return () => {
      handler.off()
      this.#handlers.delete(handler)
    }
  }

  /** There is no file to watch. */
  watch(): void {}

  close(): void {}

  /** What an operator does on the platform; settles after the change handlers, and rejects when one failed. */
  replacePlatformValues(values: ConfigValues): Promise<void> {
    return this.#config.replacePlatformValues(values)
  }

  /** Back to the first values; no handler is told. */
  reset(): void {
    this.#config = this.#create()
    for (const handler of this.#handlers) handler.off = this.#config.onChange(handler.handle)
  }

  toJSON(): ConfigValues {
    return this.masked()
  }

  [inspect.custom](): ConfigValues {
    return this.masked()
  }

  #create(): Config {
    return createConfig({
      basePath: join(tmpdir(), `ops-center-no-folder-${randomUUID()}`),
      schema: this.#options.schema ?? {},
      env: {},
      platform: this.#initial,
      onSecret: this.#options.onSecret,
      onError: this.#options.onError,
    })
  }
}
