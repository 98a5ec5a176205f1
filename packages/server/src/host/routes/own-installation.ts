import type { Principal } from '../../auth/principal.js'
import { HttpProblem } from '../../http/http-problem.js'

/** The installation that a request is made by. */
export interface OwnInstallation {
  id: string
  organization_id: string
  plugin_id: string
}

/**
 * The installation that reaches for its own data.
 *
 * @throws HttpProblem 403 for a person's key, and for another plugin.
 */
export function ownInstallation(
  { kind, id, organization_id, plugin_id }: Principal,
  asked: string,
): OwnInstallation {
  if (kind === 'installation' && plugin_id === asked) return { id, organization_id, plugin_id }
  throw new HttpProblem(
    403,
    `Only the plugin "${asked}" itself may reach its data, with the token of its installation`,
  )
}
