import type { ServerOptions } from '../options.js'
import { duration, integer, list, oneOf, type Setting, setting, truth, visibleText } from './setting.js'

export type SettingName = keyof ServerOptions
/** A value of a setting that is set. */
export type SettingValue<Name extends SettingName> = NonNullable<ServerOptions[Name]>

const databaseAddress = (text: string): string | undefined =>
  /^(postgres(ql)?:\/\/[^\s]+|memory:(\/\/)?)$/.test(text) && URL.canParse(text) ? text : undefined

const webAddress = (text: string): string | undefined =>
  /^https?:\/\/[^\s]+$/.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined

/** Every setting with its name in the environment; in a settings file it is the option's name in snake_case. */
export const SETTINGS: { readonly [Name in SettingName]-?: Setting<SettingValue<Name>> } = {
  port: integer('OPS_CENTER_PORT', 'a port number', 0, 65_535),
  host: visibleText('OPS_CENTER_HOST', 'a host name or an IP address'),
  dataDir: setting('OPS_CENTER_DATA_DIR', 'the path of a folder', (text) => text),
  databaseUrl: setting(
    'DATABASE_URL',
    'postgres://user:password@host:port/database, or memory: to keep nothing',
    databaseAddress,
  ),
  adminKey: visibleText('OPS_CENTER_ADMIN_KEY', 'visible ASCII characters without spaces'),
  secretKey: visibleText('OPS_CENTER_SECRET_KEY', 'visible ASCII characters without spaces'),
  logFormat: oneOf('OPS_CENTER_LOG_FORMAT', 'text', 'json'),
  logLevel: oneOf('OPS_CENTER_LOG_LEVEL', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  maxBodyBytes: integer('OPS_CENTER_MAX_BODY_BYTES', 'a number of bytes', 1_024, 104_857_600),
  maxPackageBytes: integer('OPS_CENTER_MAX_PACKAGE_BYTES', 'a number of bytes', 1_024, 1_073_741_824),
  maxPluginBodyBytes: integer('OPS_CENTER_MAX_PLUGIN_BODY_BYTES', 'a number of bytes', 1_024, 1_073_741_824),
  pluginAnswerTimeout: duration('OPS_CENTER_PLUGIN_ANSWER_TIMEOUT', '60s', 1),
  stopTimeout: duration('OPS_CENTER_STOP_TIMEOUT', '10s'),
  rateLimit: integer('OPS_CENTER_RATE_LIMIT', 'requests a minute (0: no limit)', 0, 1_000_000_000),
  pluginStorageBytes: integer(
    'OPS_CENTER_PLUGIN_STORAGE_BYTES',
    'a number of bytes',
    1_024,
    1_099_511_627_776,
  ),
  pluginStorageKeys: integer('OPS_CENTER_PLUGIN_STORAGE_KEYS', 'a number of keys', 1, 1_000_000_000),
  metricsRetention: duration('OPS_CENTER_METRICS_RETENTION', '90d'),
  webhooksAllowPrivate: truth('OPS_CENTER_WEBHOOKS_ALLOW_PRIVATE'),
  trustedKeys: list('OPS_CENTER_TRUSTED_KEYS', 'paths of PEM files, with commas between them'),
  requireSignature: truth('OPS_CENTER_REQUIRE_SIGNATURE'),
  featuredPlugins: list('OPS_CENTER_FEATURED_PLUGINS', 'ids of plugins, with commas between them'),
  pluginInspect: setting('OPS_CENTER_PLUGIN_INSPECT', 'host:port, such as 127.0.0.1:9229', (text) =>
    /^[\w.-]+:\d{1,5}$/.test(text) ? text : undefined,
  ),
  inProcessPlugins: list('OPS_CENTER_IN_PROCESS_PLUGINS', 'ids of plugins, with commas between them'),
  publicUrl: setting('OPS_CENTER_PUBLIC_URL', 'https://ops.example.com', webAddress),
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}

export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTINGS).filter(isSettingName)

/** A value for people to read. Secrets must not reach a terminal or a log, not even when they are wrong. */
export function shownSetting(name: SettingName, text: string): string {
  if (name === 'adminKey' || name === 'secretKey') return '(hidden)'
  return JSON.stringify(text.replace(/(:\/\/[^:@/]*:)[^@]*@/, '$1***@'))
}
