import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { HttpProblem } from '../http/http-problem.js'

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
