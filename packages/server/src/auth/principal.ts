import { HttpProblem } from '../http/http-problem.js'
import { isGranted, narrowedToRole } from './permissions.js'

/** Who makes a request: a person's or program's API key, or an installed plugin. */
export interface Principal {
  kind: 'key' | 'installation'
  id: string
  organization_id: string
  permissions: ReadonlySet<string>
  /** Only of an installation. */
  plugin_id?: string
  /** Only of a key that belongs to a user. */
  user_id?: string
  /** Of the user, else of the key. */
  name?: string
  /** Only of a user. */
  role?: string
  /** Written into `created_by` and its like: the user, the key or the plugin. */
  label: string
}

/** Finds the installation that a token `oci_...` was issued to. */
export interface InstallationTokens {
  resolve(token: string): Promise<Principal | undefined>
}

/**
 * @throws HttpProblem 403 naming the missing permission.
 * @example requirePermission(c.var.principal, 'devices:read')
 */
export function requirePermission(principal: Principal, permission: string): void {
  if (isGranted(principal.permissions, permission)) return
  throw new HttpProblem(403, `${whoLacks(principal, permission)} lacks the permission ${permission}`)
}

function whoLacks({ kind, id, plugin_id, role }: Principal, permission: string): string {
  if (kind === 'installation') return `The plugin ${plugin_id ?? id}`
  if (role === undefined || narrowedToRole([permission], role).length > 0) return 'This API key'
  return `The user of this API key has the role ${role}, which`
}

/** Whether a principal is of the organization that a server starts with, which runs it for the others. */
export function isOfOperator(principal: Pick<Principal, 'organization_id'>): boolean {
  return principal.organization_id === 'default'
}

/** Whether a principal may do everything on the whole server. */
export function isOperator(principal: Principal): boolean {
  return isOfOperator(principal) && principal.kind === 'key' && principal.permissions.has('*')
}
