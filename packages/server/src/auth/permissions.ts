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

/** What a role stands for when a key is created with one, and the most that keys of a user with it may do. */
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

/**
 * What is left of scopes for a user of a role; nothing for a role that is not known.
 *
 * @example narrowedToRole(['devices:*', 'users:write'], 'viewer') // ['devices:read']
 */
export function narrowedToRole(scopes: readonly string[], role: string): string[] {
  const permitted = isRole(role) ? ROLE_PERMISSIONS[role] : []
  const [asked, allowed] = [new Set(scopes), new Set(permitted)]
  return [
    ...new Set([
      ...scopes.filter((scope) => isGranted(allowed, scope)),
      ...permitted.filter((permission) => isGranted(asked, permission)),
    ]),
  ]
}

function isRole(role: string): role is Role {
  return Object.hasOwn(ROLE_PERMISSIONS, role)
}
