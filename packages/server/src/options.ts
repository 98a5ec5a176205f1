import { resolve } from 'node:path'
import { readSettings } from './settings/read-settings.js'
import { SETTINGS } from './settings/settings.js'
import type { SettingsFile } from './settings/settings-file.js'

export type LogFormat = 'text' | 'json'
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/**
 * Settings of one `ops-center` process; whatever is left out comes from the environment, then from the default.
 *
 * @example resolveServerOptions(process.env, { port: 0, dataDir: '/tmp/try' })
 */
export interface ServerOptions {
  /** TCP port, 0 for any free one. `OPS_CENTER_PORT`, default 8000. */
  port?: number | undefined
  /** Address to listen on. `OPS_CENTER_HOST`, default 127.0.0.1. */
  host?: string | undefined
  /** Folder for everything kept on disk. `OPS_CENTER_DATA_DIR`, default `.ops-center`. */
  dataDir?: string | undefined
  /** `postgres://...` for a PostgreSQL server, `memory:` to keep nothing. `DATABASE_URL`, default: PGlite in the data folder. */
  databaseUrl?: string | undefined
  /** A key with every permission. `OPS_CENTER_ADMIN_KEY`, default: generated for a fresh data folder. */
  adminKey?: string | undefined
  /** What plugin configurations are sealed with; the same on every node. `OPS_CENTER_SECRET_KEY`, default: one kept in the data folder. */
  secretKey?: string | undefined
  /** `OPS_CENTER_LOG_FORMAT`, default text. */
  logFormat?: LogFormat | undefined
  /** `OPS_CENTER_LOG_LEVEL`, default info. */
  logLevel?: LogLevel | undefined
  /** Largest JSON body in bytes. `OPS_CENTER_MAX_BODY_BYTES`, default 1 MiB. */
  maxBodyBytes?: number | undefined
  /** Largest body of a request to a route of a plugin in bytes. `OPS_CENTER_MAX_PLUGIN_BODY_BYTES`, default 100 MiB. */
  maxPluginBodyBytes?: number | undefined
  /** Milliseconds until a route of a plugin must begin its answer. `OPS_CENTER_PLUGIN_ANSWER_TIMEOUT`, default 60s. */
  pluginAnswerTimeout?: number | undefined
  /** Largest plugin package in bytes. `OPS_CENTER_MAX_PACKAGE_BYTES`, default 50 MiB. */
  maxPackageBytes?: number | undefined
  /** Milliseconds that open requests get when stopping. `OPS_CENTER_STOP_TIMEOUT`, default 10s. */
  stopTimeout?: number | undefined
  /** Whether webhooks may call addresses of private networks. `OPS_CENTER_WEBHOOKS_ALLOW_PRIVATE`, default false. */
  webhooksAllowPrivate?: boolean | undefined
  /** Requests a minute for each key and each plugin, 0 for no limit. `OPS_CENTER_RATE_LIMIT`, default 60,000. */
  rateLimit?: number | undefined
  /** Bytes that one plugin's storage may take, keys and values. `OPS_CENTER_PLUGIN_STORAGE_BYTES`, default 100 MiB. */
  pluginStorageBytes?: number | undefined
  /** Keys in one plugin's storage. `OPS_CENTER_PLUGIN_STORAGE_KEYS`, default 100,000. */
  pluginStorageKeys?: number | undefined
  /** Milliseconds that readings of devices are kept. `OPS_CENTER_METRICS_RETENTION`, default: for ever. */
  metricsRetention?: number | undefined
  /** Files with the Ed25519 public keys (PEM) of trusted publishers. `OPS_CENTER_TRUSTED_KEYS`, default: none. */
  trustedKeys?: readonly string[] | undefined
  /** Whether packages that no trusted key signed are neither published nor installed. `OPS_CENTER_REQUIRE_SIGNATURE`, default false. */
  requireSignature?: boolean | undefined
  /** Ids of plugins that the marketplace shows first. `OPS_CENTER_FEATURED_PLUGINS`, default: none. */
  featuredPlugins?: readonly string[] | undefined
  /**
   * `host:port` at which a debugger reaches the plugins' processes, which then run without sandbox and permission
   * model: for developing on one's own machine. `OPS_CENTER_PLUGIN_INSPECT`, default: none.
   */
  pluginInspect?: string | undefined
  /**
   * Ids of plugins that run inside the server's process, `*` for all: they may do whatever the server may, and take it
   * down. For tests, and for plugins that are trusted like the server. `OPS_CENTER_IN_PROCESS_PLUGINS`, default: none.
   */
  inProcessPlugins?: readonly string[] | undefined
  /** Where others reach this server, remote plugins for one. `OPS_CENTER_PUBLIC_URL`, default: where it listens. */
  publicUrl?: string | undefined
}

/** {@link ServerOptions} with every default filled in. */
export interface ResolvedServerOptions {
  readonly port: number
  readonly host: string
  /** Absolute path. */
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly adminKey: string | undefined
  readonly secretKey: string | undefined
  readonly logFormat: LogFormat
  readonly logLevel: LogLevel
  readonly maxBodyBytes: number
  readonly maxPackageBytes: number
  readonly maxPluginBodyBytes: number
  readonly pluginAnswerTimeout: number
  readonly stopTimeout: number
  readonly webhooksAllowPrivate: boolean
  readonly rateLimit: number
  readonly pluginStorageBytes: number
  readonly pluginStorageKeys: number
  readonly metricsRetention: number | undefined
  /** Absolute paths. */
  readonly trustedKeys: readonly string[]
  readonly requireSignature: boolean
  readonly featuredPlugins: readonly string[]
  readonly pluginInspect: string | undefined
  readonly inProcessPlugins: readonly string[]
  readonly publicUrl: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Names of all environment variables that {@link resolveServerOptions} reads. */
export const SERVER_ENVIRONMENT: readonly string[] = Object.values(SETTINGS).map(({ env }) => env)

/**
 * Settings of a server: `overrides` first, then `env`, then `file`, then the defaults. Empty variables count as not
 * set.
 *
 * @throws OpsError `setting_invalid` naming the setting, its value and what is expected.
 * @example resolveServerOptions({ OPS_CENTER_PORT: '9000' }).port // 9000
 */
export function resolveServerOptions(
  env: Environment = {},
  overrides: ServerOptions = {},
  file?: SettingsFile,
): ResolvedServerOptions {
  const { values, problems } = readSettings({ overrides, env, file })
  const [problem] = problems
  if (problem) throw problem
  return withDefaults(values)
}

/** The default of every setting. */
export function withDefaults(values: ServerOptions): ResolvedServerOptions {
  return {
    port: values.port ?? 8000,
    host: values.host ?? '127.0.0.1',
    dataDir: resolve(values.dataDir ?? '.ops-center'),
    databaseUrl: values.databaseUrl,
    adminKey: values.adminKey,
    secretKey: values.secretKey,
    logFormat: values.logFormat ?? 'text',
    logLevel: values.logLevel ?? 'info',
    maxBodyBytes: values.maxBodyBytes ?? 1_048_576,
    maxPackageBytes: values.maxPackageBytes ?? 52_428_800,
    maxPluginBodyBytes: values.maxPluginBodyBytes ?? 104_857_600,
    pluginAnswerTimeout: values.pluginAnswerTimeout ?? 60_000,
    stopTimeout: values.stopTimeout ?? 10_000,
    rateLimit: values.rateLimit ?? 60_000,
    pluginStorageBytes: values.pluginStorageBytes ?? 104_857_600,
    pluginStorageKeys: values.pluginStorageKeys ?? 100_000,
    metricsRetention: values.metricsRetention,
    webhooksAllowPrivate: values.webhooksAllowPrivate ?? false,
    trustedKeys: (values.trustedKeys ?? []).map((path) => resolve(path)),
    requireSignature: values.requireSignature ?? false,
    featuredPlugins: values.featuredPlugins ?? [],
    pluginInspect: values.pluginInspect,
    inProcessPlugins: values.inProcessPlugins ?? [],
    publicUrl: values.publicUrl,
  }
}
