import { errorMessage } from '@ops-center/plugin-sdk'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { isOfOperator } from '../../auth/principal.js'
import { HttpProblem } from '../../http/http-problem.js'
import { type RemoteAddress, type RemoteRequest, remoteAddressOf } from '../runtimes/remote-address.js'
import type { Installation } from './installation.js'
import { SwitchError, type SwitchServices, switchInstallation } from './switch-installation.js'

/**
 * Links a remote plugin at another address, or with another secret, once it is well there; until then, and when it is
 * not, it stays where it is. The secret is asked for in any case: whoever does not know it must not have it sent
 * somewhere else.
 *
 * @throws HttpProblem 422 when the plugin does not run somewhere else, or is not well at the new place.
 */
export async function moveInstallation(
  services: SwitchServices,
  manifest: Manifest,
  before: Installation,
  request: RemoteRequest,
): Promise<Installation> {
  const remote = newAddress(manifest, before, request)
  try {
    return await switchInstallation(services, before, { target: { ...before, remote }, changes: { remote } })
  } catch (cause) {
    if (!(cause instanceof SwitchError)) throw cause
    const words = `Plugin "${before.plugin_id}" stays where it is: at ${remote.url} it ${errorMessage(cause)}`
    throw new HttpProblem(422, words, { cause })
  }
}

function newAddress(manifest: Manifest, { organization_id, remote }: Installation, request: RemoteRequest) {
  const isOperator = isOfOperator({ organization_id })
  const address: RemoteAddress | null = remoteAddressOf(manifest, request, isOperator)
  if (!address) throw new HttpProblem(422, `Plugin "${manifest.id}" runs on the platform`)
  if (request.url !== undefined || !remote) return address
  return { ...remote, secret: request.secret }
}
