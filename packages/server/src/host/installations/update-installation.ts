import { errorMessage } from '@ops-center/plugin-sdk'
import { HttpProblem } from '../../http/http-problem.js'
import type { Installation } from './installation.js'
import { SwitchError, type SwitchServices, switchInstallation } from './switch-installation.js'

/** What an installation becomes. */
export interface UpdateTarget {
  version: string
  permissions: string[]
}

/**
 * Brings an installation to another version, or leaves it as it is and stores the reason.
 *
 * @throws HttpProblem 422 with the step that failed.
 */
export async function updateInstallation(
  services: SwitchServices,
  before: Installation,
  { version, permissions }: UpdateTarget,
): Promise<Installation> {
  try {
    return await switchInstallation(services, before, {
      target: { ...before, version, permissions },
      changes: {
        version,
        permissions: JSON.stringify(permissions),
        previous_version: before.version,
        previous_permissions: JSON.stringify(before.permissions),
      },
      event: 'plugin.updated',
      update: { from: before.version, to: version },
    })
  } catch (cause) {
    if (!(cause instanceof SwitchError)) throw cause
    const reason = `Version ${version} ${errorMessage(cause)}; version ${before.version} is still in place`
    await services.store.change(before, { reason }, 'plugin.failed')
    throw new HttpProblem(422, `Plugin "${before.plugin_id}" was not updated. ${reason}`, { cause })
  }
}
