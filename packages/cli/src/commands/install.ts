import pc from 'picocolors'
import { asFields, listIn, textOf } from '../platform/answer.js'
import { createPlatformClient, type PlatformClient } from '../platform/platform-client.js'
import { type PluginReference, parsePluginReference } from '../platform/plugin-reference.js'
import { parseSettings } from '../platform/settings.js'
import { confirmOrStop, isInteractive } from '../terminal/confirm.js'
import { print, printJson, printNote } from '../terminal/print.js'
import { printInstallation, type VerbOptions } from './change-state.js'

export interface InstallOptions extends VerbOptions {
  readonly config?: readonly string[]
  readonly permissions?: string
  readonly enable?: boolean
  readonly yes?: boolean
}

/** `install <id>[@version]`: shows what the plugin may do before it is granted; asks on a terminal. */
export async function install(text: string, options: InstallOptions): Promise<void> {
  const reference = parsePluginReference(text)
  const config = options.config === undefined ? undefined : parseSettings(options.config)
  const client = createPlatformClient(options)
  const permissions = options.permissions
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const granted = permissions ?? (await requestedPermissions(client, reference))
  if (granted !== undefined && granted.length > 0) {
    printNote(`${reference.id} ${permissions ? 'is granted' : 'asks for'}: ${granted.join(', ')}`)
    const mustAsk = permissions === undefined && options.yes !== true && isInteractive()
    if (mustAsk) await confirmOrStop('Grant these permissions and install it?')
  }
  const answer = await client.request('POST', '/plugins/install', {
    json: {
      plugin_id: reference.id,
      ...(reference.version === undefined ? {} : { version: reference.version }),
      ...(config === undefined ? {} : { config }),
      ...(granted === undefined ? {} : { permissions: granted }),
      ...(options.enable ? { enable: true } : {}),
    },
  })
  if (options.json) {
    printJson(answer)
    return
  }
  printInstallation('installed', reference.id, answer)
  const state = textOf(asFields(answer), 'state')
  if (state === 'enabled') print(`  routes   ${client.url}/plugins/${reference.id}/docs`)
  else print(`  ${pc.dim('next')}     ops-center-plugin enable ${reference.id}`)
}

/** What the version that would be installed asks for; `undefined` leaves it to the platform to tell. */
async function requestedPermissions(
  client: PlatformClient,
  { id, version }: PluginReference,
): Promise<string[] | undefined> {
  const plugin = asFields(await client.request('GET', `/plugins/marketplace/${id}`))
  const isAsked = version === undefined || [plugin.version, plugin.latest_version].includes(version)
  const manifest = isAsked ? plugin : asFields(await findVersion(client, id, version))
  const listed = [manifest.permissions, asFields(manifest.manifest).permissions].find((value) =>
    Array.isArray(value),
  )
  return Array.isArray(listed) ? listed.filter((name) => typeof name === 'string') : undefined
}

async function findVersion(client: PlatformClient, id: string, version: string): Promise<unknown> {
  const versions = listIn(await client.request('GET', `/plugins/marketplace/${id}/versions`))
  return versions.find((entry) => entry.version === version)
}
