import { CliError } from '../cli-error.js'
import { asFields, listIn, textOf } from '../platform/answer.js'
import { RefusalError } from '../platform/explain-refusal.js'
import { type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { confirmOrStop, isInteractive } from '../terminal/confirm.js'
import { printNote } from '../terminal/print.js'

/** How a plugin is installed now; empty when it is not. */
export async function installationOf(client: PlatformClient, id: string): Promise<Record<string, unknown>> {
  const answer = await client.request('GET', '/plugins/installed', { query: { page_size: '1000' } })
  return listIn(answer).find((fields) => textOf(fields, 'plugin_id') === id) ?? {}
}

/** The permissions that a refusal says wait for consent; none for a refusal of another kind. */
export function permissionsAskedFor(error: unknown): string[] {
  if (!(error instanceof RefusalError) || error.status !== 409) return []
  return error.details.filter(({ pointer }) => pointer === '/permissions').map(({ detail }) => detail)
}

/** Another version, and what it asks for beyond what the installed one has. */
export interface ConsentQuestion {
  id: string
  /** What is done, as a noun: `update`. */
  change: 'update' | 'rollback'
  asked: readonly string[]
}

/**
 * Lets somebody decide whether a version gets more permissions.
 *
 * @throws CliError `consent_missing` where there is nobody to ask.
 */
export async function consent({ id, change, asked }: ConsentQuestion, yes: boolean): Promise<void> {
  printNote(`${id} asks for more: ${asked.join(', ')}`)
  if (yes) return
  if (isInteractive()) return confirmOrStop(`Grant these permissions for the ${change}?`)
  throw new CliError(
    'consent_missing',
    `The ${change} of ${id} asks for more permissions: ${asked.join(', ')}`,
    {
      fix: `Repeat with --grant ${asked.join(',')} to consent, or with --yes to consent to whatever it asks for`,
    },
  )
}

/** The permissions that an installation has, as far as another version still asks for them, and those added. */
export async function permissionsFor(
  client: PlatformClient,
  { id, version }: { id: string; version: string | undefined },
  installation: Readonly<Record<string, unknown>>,
  added: readonly string[],
): Promise<string[]> {
  const path = `/plugins/marketplace/${pathSegment(id)}`
  const target = asFields(
    version === undefined
      ? asFields(await client.request('GET', path)).latest
      : await client.request('GET', `${path}/versions/${encodeURIComponent(version)}`),
  )
  const asked = namesIn(target.permissions)
  const kept = namesIn(installation.permissions).filter((permission) => asked.includes(permission))
  return [...new Set([...kept, ...added])]
}

function namesIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
}
