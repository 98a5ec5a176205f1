import { resolve } from 'node:path'
import { OpsError, parseDuration } from '@ops-center/plugin-sdk'

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
  /** `OPS_CENTER_LOG_FORMAT`, default text. */
  logFormat?: LogFormat | undefined
  /** `OPS_CENTER_LOG_LEVEL`, default info. */
  logLevel?: LogLevel | undefined
  /** Largest JSON body in bytes. `OPS_CENTER_MAX_BODY_BYTES`, default 1 MiB. */
  maxBodyBytes?: number | undefined
  /** Largest plugin package in bytes. `OPS_CENTER_MAX_PACKAGE_BYTES`, default 50 MiB. */
  maxPackageBytes?: number | undefined
  /** Milliseconds that open requests get when stopping. `OPS_CENTER_STOP_TIMEOUT`, default 10s. */
  stopTimeout?: number | undefined
  /** Whether webhooks may call addresses of private networks. `OPS_CENTER_WEBHOOKS_ALLOW_PRIVATE`, default false. */
  webhooksAllowPrivate?: boolean | undefined
  /**
   * `host:port` at which a debugger reaches the plugins' processes, which then run without sandbox and permission
   * model: for developing on one's own machine. `OPS_CENTER_PLUGIN_INSPECT`, default: none.
   */
  pluginInspect?: string | undefined
}

/** {@link ServerOptions} with every default filled in. */
export interface ResolvedServerOptions {
  readonly port: number
  readonly host: string
  /** Absolute path. */
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly adminKey: string | undefined
  readonly logFormat: LogFormat
  readonly logLevel: LogLevel
  readonly maxBodyBytes: number
  readonly maxPackageBytes: number
  readonly stopTimeout: number
  readonly webhooksAllowPrivate: boolean
  readonly pluginInspect: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

interface Setting<T> {
  env: string
  /** Undefined when `value` is not understood. */
  parse(value: string): T | undefined
  expected: string
}

const setting = <T>(env: string, expected: string, parse: (value: string) => T | undefined): Setting<T> => ({
  env,
  expected,
  parse,
})

const oneOf = <T extends string>(env: string, ...allowed: readonly T[]) =>
  setting(env, `one of ${allowed.join(', ')}`, (value) =>
    allowed.find((name) => name === value.toLowerCase()),
  )

const integer = (value: string, min: number, max: number): number | undefined => {
  const number = Number(value)
  return /^\d+$/.test(value) && number >= min && number <= max ? number : undefined
}

const milliseconds = (value: string): number | undefined => {
  try {
    return parseDuration(/^\d+$/.test(value) ? Number(value) : value)
  } catch {
    return undefined
  }
}

const truth = (value: string): boolean | undefined => {
  if (/^(true|1|yes|on)$/i.test(value)) return true
  return /^(false|0|no|off)$/i.test(value) ? false : undefined
}

const visibleText = (value: string): string | undefined => (/^[\x21-\x7e]+$/.test(value) ? value : undefined)

const databaseAddress = (value: string): string | undefined =>
  /^(postgres(ql)?:\/\/[^\s]+|memory:(\/\/)?)$/.test(value) && URL.canParse(value) ? value : undefined

const SETTINGS = {
  port: setting('OPS_CENTER_PORT', 'a port number from 0 to 65535', (value) => integer(value, 0, 65_535)),
  host: setting('OPS_CENTER_HOST', 'a host name or an IP address', visibleText),
  dataDir: setting('OPS_CENTER_DATA_DIR', 'the path of a folder', (value) => value),
  databaseUrl: setting(
    'DATABASE_URL',
    'postgres://user:password@host:port/database, or memory: to keep nothing',
    databaseAddress,
  ),
  adminKey: setting('OPS_CENTER_ADMIN_KEY', 'visible ASCII characters without spaces', visibleText),
  logFormat: oneOf<LogFormat>('OPS_CENTER_LOG_FORMAT', 'text', 'json'),
  logLevel: oneOf<LogLevel>('OPS_CENTER_LOG_LEVEL', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  maxBodyBytes: setting('OPS_CENTER_MAX_BODY_BYTES', 'a number of bytes from 1024 to 104857600', (value) =>
    integer(value, 1024, 104_857_600),
  ),
  maxPackageBytes: setting(
    'OPS_CENTER_MAX_PACKAGE_BYTES',
    'a number of bytes from 1024 to 1073741824',
    (value) => integer(value, 1024, 1_073_741_824),
  ),
  webhooksAllowPrivate: setting('OPS_CENTER_WEBHOOKS_ALLOW_PRIVATE', 'true or false', truth),
  stopTimeout: setting('OPS_CENTER_STOP_TIMEOUT', 'a length of time such as 10s', milliseconds),
  pluginInspect: setting('OPS_CENTER_PLUGIN_INSPECT', 'host:port, such as 127.0.0.1:9229', (value) =>
    /^[\w.-]+:\d{1,5}$/.test(value) ? value : undefined,
  ),
} satisfies { [K in keyof Required<ServerOptions>]: Setting<NonNullable<ServerOptions[K]>> }

/** Names of all environment variables that {@link resolveServerOptions} reads. */
export const SERVER_ENVIRONMENT: readonly string[] = Object.values(SETTINGS).map(({ env }) => env)

/**
 * Settings of a server: `overrides` first, then `env`, then the defaults. Empty variables count as not set.
 *
 * @throws OpsError `setting_invalid` naming the setting, its value and what is expected.
 * @example resolveServerOptions({ OPS_CENTER_PORT: '9000' }).port // 9000
 */
export function resolveServerOptions(
  env: Environment = {},
  overrides: ServerOptions = {},
): ResolvedServerOptions {
  const read = <T extends string | number | boolean>(
    { env: name, expected, parse }: Setting<T>,
    override: T | undefined,
  ) => {
    const raw = override === undefined ? env[name] : String(override)
    if (raw === undefined || raw === '') return undefined
    const value = parse(raw)
    if (value !== undefined) return value
    throw new OpsError('setting_invalid', `${name}=${shown(name, raw)} is not valid: expected ${expected}`)
  }
  return {
    port: read(SETTINGS.port, overrides.port) ?? 8000,
    host: read(SETTINGS.host, overrides.host) ?? '127.0.0.1',
    dataDir: resolve(read(SETTINGS.dataDir, overrides.dataDir) ?? '.ops-center'),
    databaseUrl: read(SETTINGS.databaseUrl, overrides.databaseUrl),
    adminKey: read(SETTINGS.adminKey, overrides.adminKey),
    logFormat: read(SETTINGS.logFormat, overrides.logFormat) ?? 'text',
    logLevel: read(SETTINGS.logLevel, overrides.logLevel) ?? 'info',
    maxBodyBytes: read(SETTINGS.maxBodyBytes, overrides.maxBodyBytes) ?? 1_048_576,
    maxPackageBytes: read(SETTINGS.maxPackageBytes, overrides.maxPackageBytes) ?? 52_428_800,
    stopTimeout: read(SETTINGS.stopTimeout, overrides.stopTimeout) ?? 10_000,
    webhooksAllowPrivate: read(SETTINGS.webhooksAllowPrivate, overrides.webhooksAllowPrivate) ?? false,
    pluginInspect: read(SETTINGS.pluginInspect, overrides.pluginInspect),
  }
}

/** Secrets must not reach a terminal or a log, not even when they are wrong. */
function shown(name: string, value: string): string {
  if (name === SETTINGS.adminKey.env) return '(hidden)'
  return JSON.stringify(value.replace(/(:\/\/[^:@/]*:)[^@]*@/, '$1***@'))
}
