import { randomBytes } from 'node:crypto'
import { OpsError } from '@ops-center/plugin-sdk'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import type { Installation } from '../installations/installation.js'
import type { LaunchServices } from '../running/launch-plugin.js'
import { startInProcess } from './in-process-runtime.js'
import { startPluginProcess } from './process-runtime.js'
import { startRemote } from './remote-runtime.js'
import type { StartPlugin } from './runtime.js'

/** How one installation is executed, and what it is told because of that. */
export interface ChosenRuntime {
  start: StartPlugin
  /** Where the plugin reaches the API. */
  apiUrl: string
  /** What the host proves itself with. */
  secret: string
  /** What the installation's token is made of; a new one when undefined. */
  token: string | undefined
}

type RuntimeServices = Pick<
  LaunchServices,
  'apiUrl' | 'publicUrl' | 'derive' | 'inProcessPlugins' | 'sandbox' | 'inspect' | 'socketDir'
>

/**
 * The runtime of an installation. A package may only say that its code is somewhere else, and whoever installs it
 * confirms where; that code runs unconfined in the server's process is for the server's operator alone to decide.
 *
 * @throws OpsError `plugin_start_failed` for a remote plugin without an address.
 */
export function runtimeOf(
  installation: Installation,
  manifest: Manifest,
  services: RuntimeServices,
): ChosenRuntime {
  const { apiUrl, inProcessPlugins, sandbox, inspect, socketDir } = services
  if (manifest.runtime.type === 'remote') return remoteRuntime(installation, services)
  const local = { apiUrl, secret: randomBytes(24).toString('base64url'), token: undefined }
  if (inProcessPlugins.includes('*') || inProcessPlugins.includes(installation.plugin_id))
    return { ...local, start: startInProcess }
  const prefix = sandbox?.prefix({ network: installation.permissions.includes('network:outbound') }) ?? []
  return { ...local, start: (start) => startPluginProcess(start, { prefix, inspect, socketDir }) }
}

function remoteRuntime(
  { id, plugin_id, remote }: Installation,
  { publicUrl, derive }: RuntimeServices,
): ChosenRuntime {
  if (!remote) {
    throw new OpsError(
      'plugin_start_failed',
      `Plugin "${plugin_id}" runs somewhere else now: uninstall it, and install it with "remote"`,
    )
  }
  return {
    start: (start) => startRemote(start, remote),
    apiUrl: publicUrl(),
    secret: remote.secret,
    // One plugin, many nodes: whichever of them it calls must know its token.
    token: derive(`token of ${id} ${remote.secret}`),
  }
}
