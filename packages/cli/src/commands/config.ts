import { stringify } from 'yaml'
import { CliError } from '../cli-error.js'
import { asFields } from '../platform/answer.js'
import { createPlatformClient, type PlatformClient, pathSegment } from '../platform/platform-client.js'
import { parsePluginId } from '../platform/plugin-reference.js'
import { parseSettings, settingAt } from '../platform/settings.js'
import { colors } from '../terminal/colors.js'
import { print, printJson } from '../terminal/print.js'
import type { VerbOptions } from './change-state.js'

/** `config get <id> [key]`: all settings as YAML, or one value. */
export async function getConfig(
  reference: string,
  key: string | undefined,
  { json = false, ...platform }: VerbOptions,
): Promise<void> {
  const id = parsePluginId(reference)
  const settings = await readSettings(createPlatformClient(platform), id)
  const value = key === undefined ? settings : settingAt(settings, key)
  if (value === undefined) {
    const known = Object.keys(settings).join(', ') || 'none'
    throw new CliError('setting_unknown', `${id} has no setting ${key}`, { fix: `Known settings: ${known}` })
  }
  if (json) printJson(value)
  else if (typeof value === 'string') print(value)
  else print(stringify(value).trimEnd())
}

/** `config set <id> key=value...`: changes the named settings, `null` removes one; the platform keeps the others. */
export async function setConfig(
  reference: string,
  entries: readonly string[],
  { json = false, ...platform }: VerbOptions,
): Promise<void> {
  const id = parsePluginId(reference)
  const config = parseSettings(entries)
  const client = createPlatformClient(platform)
  const answer = await client.request('PUT', `/plugins/${pathSegment(id)}/config`, { json: { config } })
  if (json) printJson(answer)
  else print(`${colors.green('changed')} ${entries.map((entry) => entry.split('=')[0]).join(', ')} of ${id}`)
}

async function readSettings(client: PlatformClient, id: string): Promise<Record<string, unknown>> {
  const fields = asFields(await client.request('GET', `/plugins/${pathSegment(id)}/config`))
  return 'config' in fields ? asFields(fields.config) : fields
}
