import { asFields, textOf } from '../platform/answer.js'
import { RefusalError } from '../platform/explain-refusal.js'
import { createPlatformClient, type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { type PluginReference, parsePluginReference } from '../platform/plugin-reference.js'
import { splitNames } from '../platform/split-names.js'
import { printJson } from '../terminal/print.js'
import { printInstallation, type VerbOptions } from './change-state.js'
import { consent, installationOf, permissionsAskedFor, permissionsFor } from './consent.js'

export interface UpdateOptions extends VerbOptions {
  /** Permissions to grant in addition, with commas. */
  readonly grant?: string
  readonly yes?: boolean
}

/** `update <id>[@version]`: a version that asks for more permissions waits for somebody's word. */
export async function update(
  text: string,
  { grant, yes = false, json, ...platform }: UpdateOptions,
): Promise<void> {
  const reference = parsePluginReference(text)
  const client = createPlatformClient(platform)
  const wanted = splitNames(grant)
  const before = await installationOf(client, reference.id).catch(unlessRefused)
  const sendWith = async (added: readonly string[]) => {
    const installation = before ?? (await installationOf(client, reference.id))
    return send(client, reference, await permissionsFor(client, reference, installation, added))
  }
  const answer = await (wanted.length > 0
    ? sendWith(wanted)
    : send(client, reference).catch(async (error: unknown) => {
        const asked = permissionsAskedFor(error)
        if (asked.length === 0) throw error
        await consent({ id: reference.id, change: 'update', asked }, yes)
        return sendWith(asked)
      }))
  if (json) printJson(answer)
  else {
    const isNew = textOf(before ?? {}, 'version') !== textOf(asFields(answer), 'version')
    printInstallation(isNew ? 'updated' : 'unchanged', reference.id, answer)
  }
}

/** A key that may only write can update; then nobody knows what was there before. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof RefusalError) return undefined
  throw error
}

function send(client: PlatformClient, { id, version }: PluginReference, permissions?: readonly string[]) {
  const json = { ...(version === undefined ? {} : { version }), ...(permissions ? { permissions } : {}) }
  return client.request('POST', `/plugins/${pathSegment(id)}/update`, { json })
}
