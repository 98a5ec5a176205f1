const RESOURCES = [
  'devices',
  'users',
  'organizations',
  'webhooks',
  'alerts',
  'plugins',
  'events',
  'keys',
  'audit',
] as const

/** Everything an API key can be allowed to do; `*` is all of it, `devices:*` all of one resource. */
export const KEY_PERMISSIONS: readonly string[] = [
  '*',
  ...RESOURCES.flatMap((resource) => [`${resource}:read`, `${resource}:write`, `${resource}:*`]),
]

export type Role = 'admin' | 'operator' | 'viewer'

/** What a role stands for when a key is created with one. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly string[]>> = {
  admin: ['*'],
  operator: [
    'devices:*',
    'alerts:*',
    'webhooks:*',
    'plugins:*',
    'events:*',
    'users:read',
    'organizations:read',
  ],
  viewer: [
    'devices:read',
    'alerts:read',
    'webhooks:read',
    'plugins:read',
    'events:read',
    'users:read',
    'organizations:read',
  ],
}

/** Two parts from the three-part form: `api:devices:read` is `devices:read`. */
export function normalizePermission(permission: string): string {
  return permission.replace(/^api:/, '')
}

/** Whether a set of permissions includes one. */
export function isGranted(granted: ReadonlySet<string>, permission: string): boolean {
  if (granted.has(permission) || granted.has('*')) return true
  const [resource] = permission.split(':')
  return permission !== '*' && granted.has(`${resource}:*`)
}
