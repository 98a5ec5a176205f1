import type { Principal } from '../../auth/principal.js'
import { HttpProblem } from '../../http/http-problem.js'

/**
 * The installation that reaches for its own data.
 *
 * @throws HttpProblem 403 for a person's key, and for another plugin.
 */
export function ownInstallationId(principal: Principal, pluginId: string): string {
  if (principal.kind === 'installation' && principal.plugin_id === pluginId) return principal.id
  throw new HttpProblem(
    403,
    `Only the plugin "${pluginId}" itself may reach its data, with the token of its installation`,
  )
}
