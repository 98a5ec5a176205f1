import { inspect, isDeepStrictEqual } from 'node:util'
import { isPlainObject } from '../manifest/plain-object.js'
import { ChangeHandlers, ConfigHandlerError } from './change-handlers.js'
import { composeValues } from './compose-values.js'
import type { Config, ConfigChange } from './config.js'
import { ConfigError } from './config-error.js'
import { CONFIG_FILE, readConfigFile, readConfigSchema, writeConfigFile } from './config-file.js'
import {
  type Assignment,
  assignmentTo,
  type ConfigPath,
  formatPath,
  parsePath,
  readAt,
} from './config-path.js'
import type { ConfigSchema } from './config-schema.js'
import { type ConfigValues, copyValue } from './config-value.js'
import { collectSecrets, maskValues } from './mask-config.js'
import { createSchemaRules, type SchemaRules } from './schema-rules.js'
import { watchFile } from './watch-file.js'

/** Where a configuration comes from. */
export interface ConfigOptions {
  /** Folder of `config.yaml`, and of `plugin.yaml` when no `schema` is given. */
  basePath: string
  /** JSON Schema instead of the `config_schema` in `plugin.yaml`. */
  schema?: ConfigSchema | undefined
  /** Default: `process.env`, read at each load. */
  env?: Readonly<Record<string, string | undefined>> | undefined
  /** Values under everything else but the schema's own defaults. */
  defaults?: ConfigValues | undefined
  /** Values set by the platform's operator: above `config.yaml`, below the environment. */
  platform?: ConfigValues | undefined
  /** Told each secret once, so that the logger can mask it. */
  onSecret?: ((value: string) => void) | undefined
  /** Told what change handlers threw and why a watched file was not taken. Default: standard error. */
  onError?: ((error: unknown) => void) | undefined
}

interface Override extends Assignment {
  saved: boolean
}

/**
 * Configuration of a plugin. Nothing is read before the first use.
 *
 * @example
 * const config = createConfig({ basePath: process.cwd() })
 * config.get('smtp.port', 587)
 */
export function createConfig(options: ConfigOptions): Config {
  return new LayeredConfig(options)
}

class LayeredConfig implements Config {
  readonly #options: ConfigOptions
  readonly #changes = new ChangeHandlers()
  readonly #told = new Set<string>()
  #platform: ConfigValues
  #overrides: readonly Override[] = []
  #rules: SchemaRules | undefined
  #file: ConfigValues | undefined
  #current: ConfigValues | undefined
  #saving: Promise<void> = Promise.resolve()
  #unwatch: (() => void) | undefined

  constructor(options: ConfigOptions) {
    this.#options = options
    this.#platform = copyMapping(options.platform ?? {})
  }

  get<T>(path: ConfigPath, defaultValue?: T): T | undefined {
    const value = readAt(this.all(), parsePath(path))
    // The author says which type the setting has; the schema is what holds it to that.
    return value === undefined ? defaultValue : (value as T)
  }

  all(): ConfigValues {
    if (this.#current !== undefined) return this.#current
    try {
      this.#current = this.#compose(this.#readFile(), this.#platform, this.#overrides)
      return this.#current
    } catch (error) {
      // Who repairs the file meanwhile need not know about reload().
      this.#file = undefined
      throw error
    }
  }

  masked(): ConfigValues {
    return maskValues(this.all(), this.#schemaRules().place)
  }

  set(path: ConfigPath, value: unknown): void {
    const given = parsePath(path)
    const old = this.#lastGood()
    const { steps, value: whole } = assignmentTo(old ?? {}, given, copyValue(value, given))
    const isWithin = (other: Override) => steps.every((step, index) => other.steps[index] === step)
    const kept = this.#overrides.filter((other) => !isWithin(other))
    const overrides = [...kept, { steps, value: whole, saved: false }]
    let values: ConfigValues
    try {
      values = this.#compose(this.#readFile(), this.#platform, overrides)
    } catch (error) {
      // Where several settings were missing before, each can be set in its turn.
      if (old !== undefined || !(error instanceof ConfigError) || concerns(error, steps)) throw error
      this.#overrides = overrides
      return
    }
    this.#overrides = overrides
    this.#report(this.#replace(old ?? {}, values))
  }

  save(): Promise<void> {
    const write = async () => {
      const changes = this.#overrides.filter(({ saved }) => !saved)
      if (changes.length === 0) return
      await writeConfigFile(this.#options.basePath, changes)
      for (const change of changes) change.saved = true
    }
    // One after the other, also after one that failed: each keeps what the one before has written.
    const saved = this.#saving.then(write)
    this.#saving = saved.catch(() => {})
    return saved
  }

  reload(): void {
    this.#reload([])
  }

  onChange(handler: (change: ConfigChange) => unknown): () => void {
    return this.#changes.add(handler)
  }

  watch(): void {
    if (this.#unwatch !== undefined) return
    const report = (error: unknown) => this.#onError(error)
    const reload = () => {
      try {
        this.#reload(this.#overrides.filter(({ saved }) => !saved))
      } catch (error) {
        report(error)
      }
    }
    this.#unwatch = watchFile(this.#options.basePath, CONFIG_FILE, reload, report)
  }

  close(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
  }

  async replacePlatformValues(values: ConfigValues): Promise<void> {
    const platform = copyMapping(values)
    const old = this.#lastGood() ?? {}
    const composed = this.#compose(this.#readFile(), platform, this.#overrides)
    this.#platform = platform
    const errors = await this.#replace(old, composed)
    if (errors.length > 0) throw new ConfigHandlerError(errors)
  }

  toJSON(): ConfigValues {
    return this.masked()
  }

  [inspect.custom](): ConfigValues {
    return this.masked()
  }

  #reload(overrides: readonly Override[]): void {
    const old = this.#lastGood() ?? {}
    const file = readConfigFile(this.#options.basePath)
    const values = this.#compose(file, this.#platform, overrides)
    this.#file = file
    this.#overrides = overrides
    this.#report(this.#replace(old, values))
  }

  /** What was before a change; `undefined` when what was there could not be used. */
  #lastGood(): ConfigValues | undefined {
    try {
      return this.all()
    } catch (error) {
      if (error instanceof ConfigError) return undefined
      throw error
    }
  }

  #replace(old_config: ConfigValues, new_config: ConfigValues): Promise<unknown[]> {
    this.#current = new_config
    if (isDeepStrictEqual(old_config, new_config)) return Promise.resolve([])
    return this.#changes.tell({ old_config, new_config })
  }

  #report(failures: Promise<unknown[]>): void {
    void failures.then((errors) => {
      for (const error of errors) this.#onError(error)
    })
  }

  #onError(error: unknown): void {
    if (this.#options.onError === undefined) console.error(error)
    else this.#options.onError(error)
  }

  #readFile(): ConfigValues {
    this.#file ??= readConfigFile(this.#options.basePath)
    return this.#file
  }

  #schemaRules(): SchemaRules {
    this.#rules ??= createSchemaRules(this.#options.schema ?? readConfigSchema(this.#options.basePath))
    return this.#rules
  }

  #compose(file: ConfigValues, platform: ConfigValues, overrides: readonly Override[]): ConfigValues {
    const { defaults = {}, env = process.env } = this.#options
    const rules = this.#schemaRules()
    const values = composeValues({ defaults, file, platform, env, overrides }, rules)
    this.#tellSecrets(values, rules.place)
    return values
  }

  #tellSecrets(values: ConfigValues, place: SchemaRules['place']): void {
    for (const secret of collectSecrets(values, place)) {
      if (secret === '' || this.#told.has(secret)) continue
      this.#told.add(secret)
      this.#options.onSecret?.(secret)
    }
  }
}

/** Whether an error is about a setting, something in it, or what it would take to read anything at all. */
function concerns(error: ConfigError, steps: readonly string[]): boolean {
  const path = formatPath(steps)
  return (
    error.code !== 'config_invalid' ||
    error.problems.some((problem) => problem.path === path || problem.path.startsWith(`${path}.`))
  )
}

function copyMapping(values: ConfigValues): ConfigValues {
  const copy = copyValue(values, [])
  if (isPlainObject(copy)) return copy
  throw new ConfigError('config_value_invalid', [
    { path: '', message: 'The platform gave a list where settings have names' },
  ])
}
