import { textOf } from '../platform/answer.js'
import { createPlatformClient, type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { splitNames } from '../platform/split-names.js'
import { printJson } from '../terminal/print.js'
import { printInstallation } from './change-state.js'
import { consent, installationOf, permissionsAskedFor, permissionsFor } from './consent.js'
import type { UpdateOptions } from './update.js'

/**
 * `rollback <id>`: with the permissions that the version before had. Where nobody wrote down which, it may ask for more
 * than the present version has, and waits for somebody's word.
 */
export async function rollback(
  text: string,
  { grant, yes = false, json, ...platform }: UpdateOptions,
): Promise<void> {
  const id = parsePluginId(text)
  const client = createPlatformClient(platform)
  const wanted = splitNames(grant)
  const answer = await send(client, id).catch(async (error: unknown) => {
    const asked = permissionsAskedFor(error)
    if (asked.length === 0) throw error
    const isGranted = asked.every((permission) => wanted.includes(permission))
    await consent({ id, change: 'rollback', asked }, yes || isGranted)
    const installation = await installationOf(client, id)
    const version = textOf(installation, 'previous_version') || undefined
    return send(client, id, await permissionsFor(client, { id, version }, installation, asked))
  })
  if (json) printJson(answer)
  else printInstallation('rolled back', id, answer)
}

function send(client: PlatformClient, id: string, permissions?: readonly string[]) {
  const json = permissions ? { permissions } : {}
  return client.request('POST', `/plugins/${pathSegment(id)}/rollback`, { json })
}
