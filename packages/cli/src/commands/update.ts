import { CliError } from '../cli-error.js'
import { asFields, listIn, textOf } from '../platform/answer.js'
import { RefusalError } from '../platform/explain-refusal.js'
import { createPlatformClient, type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { type PluginReference, parsePluginReference } from '../platform/plugin-reference.js'
import { splitNames } from '../platform/split-names.js'
import { confirmOrStop, isInteractive } from '../terminal/confirm.js'
import { printJson, printNote } from '../terminal/print.js'
import { printInstallation, type VerbOptions } from './change-state.js'

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
  const answer = await (wanted.length > 0
    ? updateWith(client, reference, before, wanted)
    : send(client, reference).catch(async (error: unknown) => {
        const asked = permissionsAskedFor(error)
        if (asked.length === 0) throw error
        await consent(reference.id, asked, yes)
        return updateWith(client, reference, before, asked)
      }))
  if (json) printJson(answer)
  else {
    const isNew = textOf(before ?? {}, 'version') !== textOf(asFields(answer), 'version')
    printInstallation(isNew ? 'updated' : 'unchanged', reference.id, answer)
  }
}

/** How it is installed now; empty when it is not. */
async function installationOf(client: PlatformClient, id: string): Promise<Record<string, unknown>> {
  const answer = await client.request('GET', '/plugins/installed', { query: { page_size: '1000' } })
  return listIn(answer).find((fields) => textOf(fields, 'plugin_id') === id) ?? {}
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

/** The permissions a refusal says are missing; none for a refusal of another kind. */
function permissionsAskedFor(error: unknown): string[] {
  if (!(error instanceof RefusalError) || error.status !== 409) return []
  return error.details.filter(({ pointer }) => pointer === '/permissions').map(({ detail }) => detail)
}

async function consent(id: string, asked: readonly string[], yes: boolean): Promise<void> {
  printNote(`${id} asks for more: ${asked.join(', ')}`)
  if (yes) return
  if (isInteractive()) return confirmOrStop('Grant these permissions and update it?')
  throw new CliError(
    'consent_missing',
    `The update of ${id} asks for more permissions: ${asked.join(', ')}`,
    {
      fix: `Repeat with --grant ${asked.join(',')} to consent, or with --yes to consent to whatever it asks for`,
    },
  )
}

/** Updates with the permissions it has, as far as the new version still asks for them, and those added. */
async function updateWith(
  client: PlatformClient,
  reference: PluginReference,
  before: Readonly<Record<string, unknown>> | undefined,
  added: readonly string[],
) {
  const { id, version } = reference
  const path = `/plugins/marketplace/${pathSegment(id)}`
  const target = asFields(
    version === undefined
      ? asFields(await client.request('GET', path)).latest
      : await client.request('GET', `${path}/versions/${encodeURIComponent(version)}`),
  )
  const asked = namesIn(target.permissions)
  const { permissions } = before ?? (await installationOf(client, id))
  const kept = namesIn(permissions).filter((permission) => asked.includes(permission))
  return send(client, reference, [...new Set([...kept, ...added])])
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}
