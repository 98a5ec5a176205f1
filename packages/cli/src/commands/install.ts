import { asFields, textOf } from '../platform/answer.js'
import { createPlatformClient, type PlatformClient } from '../platform/platform-client.js'
import { type PluginReference, parsePluginReference } from '../platform/plugin-reference.js'
import { remoteAddress } from '../platform/remote-address.js'
import { parseSettings } from '../platform/settings.js'
import { splitNames } from '../platform/split-names.js'
import { colors } from '../terminal/colors.js'
import { confirmOrStop, isInteractive } from '../terminal/confirm.js'
import { print, printJson, printNote } from '../terminal/print.js'
import { printInstallation, type VerbOptions } from './change-state.js'

export interface InstallOptions extends VerbOptions {
  readonly config?: readonly string[]
  readonly permissions?: string
  readonly enable?: boolean
  /** The address of a plugin that runs somewhere else; `true` for that of its manifest. */
  readonly remote?: string | true
  readonly withDependencies?: boolean
  readonly yes?: boolean
}

/** `install <id>[@version]`: shows what the plugin may do before it is granted; asks on a terminal. */
export async function install(text: string, options: InstallOptions): Promise<void> {
  const reference = parsePluginReference(text)
  const config = options.config === undefined ? undefined : parseSettings(options.config)
  const remote =
    options.remote && remoteAddress(options.remote === true ? undefined : options.remote, '--remote')
  const client = createPlatformClient(options)
  const permissions = options.permissions === undefined ? undefined : splitNames(options.permissions)
  const granted = permissions ?? (await requestedPermissions(client, reference))
  if (granted !== undefined && granted.length > 0) {
    const mustAsk = permissions === undefined && options.yes !== true && isInteractive()
    printNote(`${reference.id} ${mustAsk ? 'asks for' : 'is granted'}: ${granted.join(', ')}`)
    if (mustAsk) await confirmOrStop('Grant these permissions and install it?')
  }
  const answer = await client.request('POST', '/plugins/install', {
    json: {
      plugin_id: reference.id,
      ...(reference.version === undefined ? {} : { version: reference.version }),
      ...(config === undefined ? {} : { config }),
      ...(granted === undefined ? {} : { permissions: granted }),
      ...(options.enable ? { enable: true } : {}),
      ...(remote === undefined ? {} : { remote }),
      ...(options.withDependencies ? { with_dependencies: true } : {}),
    },
  })
  if (options.json) {
    printJson(answer)
    return
  }
  printInstallation('installed', reference.id, answer)
  const state = textOf(asFields(answer), 'state')
  if (state === 'enabled') print(`  routes   ${client.url}/plugins/${reference.id}/docs`)
  else print(`  ${colors.dim('next')}     ops-center-plugin enable ${reference.id}`)
}

/** What the version that would be installed asks for; `undefined` leaves it to the platform to tell. */
async function requestedPermissions(
  client: PlatformClient,
  { id, version }: PluginReference,
): Promise<string[] | undefined> {
  const path = `/plugins/marketplace/${id}`
  const { permissions } = asFields(
    version === undefined
      ? asFields(await client.request('GET', path)).latest
      : await client.request('GET', `${path}/versions/${encodeURIComponent(version)}`),
  )
  return Array.isArray(permissions) ? permissions.filter((name) => typeof name === 'string') : undefined
}
