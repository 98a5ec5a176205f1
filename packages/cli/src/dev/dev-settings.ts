import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { CliError } from '../cli-error.js'
import { asFields } from '../platform/answer.js'
import { parseSettings } from '../platform/settings.js'

type Settings = Record<string, unknown>

const PREFIX = 'OPS_PLUGIN_CONFIG__'

/**
 * The settings to develop with: `config.yaml`, then `OPS_PLUGIN_CONFIG__SMTP__HOST` and the like of the environment.
 *
 * @throws CliError when the file is not a mapping in YAML.
 */
export async function readDevSettings(
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Settings> {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(PREFIX) && value !== undefined
      ? [`${name.slice(PREFIX.length).toLowerCase().replaceAll('__', '.')}=${value}`]
      : [],
  )
  return parseSettings(entries, await readFileSettings(join(folder, 'config.yaml')))
}

async function readFileSettings(file: string): Promise<Settings> {
  const text = await readFile(file, 'utf8').catch(() => '')
  let parsed: unknown
  try {
    parsed = parse(text)
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('\n') : []
    throw new CliError('config_invalid', `config.yaml cannot be read: ${reason}`, {
      fix: 'Check indentation, quotes and colons there',
      cause: error,
    })
  }
  // An empty value in the file means "not set", as everywhere else.
  return withoutNulls(asFields(parsed))
}

function withoutNulls(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))
}

/** What to merge into `before` to get `after`: `null` removes. */
export function settingsPatch(before: Settings, after: Settings): Settings {
  const patch: Settings = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[key], after[key]]
    if (JSON.stringify(old) === JSON.stringify(now)) continue
    if (now === undefined) patch[key] = null
    else patch[key] = isObject(old) && isObject(now) ? settingsPatch(asFields(old), asFields(now)) : now
  }
  return patch
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
