import type { CallerData } from '../protocol/caller-token.js'

/**
 * Who calls a route or opens a WebSocket, as the platform vouches for it.
 *
 * @example if (!caller?.can('devices:write')) throw new HttpError(403, 'This needs devices:write')
 */
export class Caller {
  /** A person, a key that belongs to nobody, or another plugin. */
  readonly kind: 'user' | 'key' | 'plugin'
  /** The id of the user, the key or the plugin. */
  readonly id: string
  readonly name: string
  readonly organization_id: string
  /** Only of a user: admin, operator or viewer. */
  readonly role: string | undefined
  /** What the key may do: `devices:read`, `devices:*`, `*`. */
  readonly permissions: readonly string[]

  /** @internal */
  constructor({ kind, id, name, organization_id, role, permissions }: CallerData) {
    this.kind = kind
    this.id = id
    this.name = name
    this.organization_id = organization_id
    this.role = role
    this.permissions = permissions
    Object.freeze(this)
  }

  /** Whether the caller has a permission, `*` and `devices:*` included. */
  can(permission: string): boolean {
    const [resource] = permission.replace(/^api:/, '').split(':')
    return [permission.replace(/^api:/, ''), `${resource}:*`, '*'].some((one) =>
      this.permissions.includes(one),
    )
  }
}
