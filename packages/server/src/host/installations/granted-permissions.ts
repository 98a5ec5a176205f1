import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { HttpProblem } from '../../http/http-problem.js'

/**
 * The permissions of an installation: those the operator granted, else all that the manifest asks for.
 *
 * @throws HttpProblem 422 for one that the plugin does not ask for.
 */
export function grantedPermissions({ id, permissions }: Manifest, granted: string[] | undefined): string[] {
  const asked: readonly string[] = permissions
  const extra = granted?.filter((permission) => !asked.includes(permission)) ?? []
  if (extra.length === 0) return [...new Set(granted ?? asked)]
  throw new HttpProblem(
    422,
    `Plugin "${id}" does not ask for ${extra.join(', ')}: it can be granted ${asked.join(', ') || 'nothing'}`,
  )
}

/**
 * The permissions of an update: what the operator granted, else those granted before that it still asks for. One that
 * the former version did not ask for needs the operator's word.
 *
 * @throws HttpProblem 409 naming the permissions that wait for consent.
 */
export function updatedPermissions(
  manifest: Manifest,
  former: Manifest,
  before: readonly string[],
  granted: string[] | undefined,
): string[] {
  if (granted) return grantedPermissions(manifest, granted)
  const added = manifest.permissions.filter((permission) => !former.permissions.includes(permission))
  if (added.length > 0) {
    throw new HttpProblem(
      409,
      `Version ${manifest.version} of plugin "${manifest.id}" asks for more: ${added.join(', ')}. To consent, repeat this with "permissions"`,
      { errors: added.map((permission) => ({ pointer: '/permissions', detail: permission })) },
    )
  }
  const asked: readonly string[] = manifest.permissions
  return before.filter((permission) => asked.includes(permission))
}
