/** Kinds of plugin. */
export const PLUGIN_TYPES = ['backend', 'frontend', 'hybrid', 'container'] as const
export type PluginType = (typeof PLUGIN_TYPES)[number]

/** Shelves of the marketplace. */
export const PLUGIN_CATEGORIES = [
  'monitoring',
  'ai',
  'security',
  'integration',
  'analytics',
  'automation',
  'development',
  'networking',
  'storage',
  'other',
] as const
export type PluginCategory = (typeof PLUGIN_CATEGORIES)[number]

/** What a plugin may ask for in its manifest; `storage:*` and `scheduler:write` are granted to every plugin. */
export const PLUGIN_PERMISSIONS = [
  'devices:read',
  'devices:write',
  'users:read',
  'users:write',
  'organizations:read',
  'organizations:write',
  'webhooks:read',
  'webhooks:write',
  'alerts:read',
  'alerts:write',
  'storage:read',
  'storage:write',
  'scheduler:write',
  'network:outbound',
] as const
export type PluginPermission = (typeof PLUGIN_PERMISSIONS)[number]

/** Granted to every plugin for its own data, asked for or not. */
export const IMPLICIT_PERMISSIONS: readonly PluginPermission[] = [
  'storage:read',
  'storage:write',
  'scheduler:write',
]

/** For people's keys, never for a plugin. */
export const PERSONAL_PERMISSIONS = ['plugins:read', 'plugins:write', '*'] as const

/** First segments of the platform's own event names: a plugin cannot publish events that begin with one. */
export const PLATFORM_RESOURCES = ['device', 'alert', 'user', 'organization', 'webhook', 'plugin'] as const
export type PlatformResource = (typeof PLATFORM_RESOURCES)[number]

/** Filters the platform asks, with the permission an installation needs to be asked. */
export const PLATFORM_FILTERS = {
  'device.data.process': 'devices:read',
  'metrics.process': 'devices:read',
  'alert.data.process': 'alerts:read',
  'webhook.payload.process': 'webhooks:read',
} as const satisfies Record<string, PluginPermission>
export type PlatformFilter = keyof typeof PLATFORM_FILTERS

/** What becomes of an event when a hook failed for good: kept as a dead letter, forgotten, or the plugin is stopped. */
export const ON_ERROR_POLICIES = ['retry', 'ignore', 'stop'] as const
export type OnErrorPolicy = (typeof ON_ERROR_POLICIES)[number]

/** `type` of the problem (status 413) that a write to a full storage is answered with. */
export const STORAGE_QUOTA_PROBLEM = 'urn:ops-center:problem:storage-quota'

const EVENT_NAME = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/i

/** Whether a text can name an event or filter: words joined by dots, at least one dot (`prediction.completed`). */
export function isEventName(name: string): boolean {
  return name.length <= 128 && EVENT_NAME.test(name)
}

/** Whether a text can be listened to: an event name, `'device.*'` or `'*'`. */
export function isEventPattern(pattern: string): boolean {
  return (
    pattern === '*' ||
    isEventName(pattern) ||
    (pattern.endsWith('.*') && isEventName(`${pattern.slice(0, -2)}.any`))
  )
}

/** Whether an event is one of those a pattern listens to. */
export function matchesEventPattern(pattern: string, event: string): boolean {
  return (
    pattern === '*' || pattern === event || (pattern.endsWith('.*') && event.startsWith(pattern.slice(0, -1)))
  )
}

/** The platform resource an event is about, or `undefined` for an event of a plugin's own. */
export function resourceOfEvent(event: string): PlatformResource | undefined {
  const [first] = event.split('.')
  return PLATFORM_RESOURCES.find((resource) => resource === first)
}

/** The permission an installation needs to hear an event; `undefined` where everybody in the organization may. */
export function permissionToHear(event: string): PluginPermission | undefined {
  switch (resourceOfEvent(event)) {
    case 'device':
      return 'devices:read'
    case 'alert':
      return 'alerts:read'
    case 'user':
      return 'users:read'
    case 'organization':
      return 'organizations:read'
    case 'webhook':
      return 'webhooks:read'
    default:
      return undefined
  }
}
