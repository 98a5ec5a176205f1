import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { parse } from 'yaml'
import { isJsonObject } from '../http/json-object.js'
import { isSettingName, SETTING_NAMES, type SettingName } from './settings.js'

const DEFAULT_FILE = 'ops-center.yaml'

/** Settings as a file has them, as text. */
export interface SettingsFile {
  /** Absolute. */
  readonly path: string
  readonly values: ReadonlyMap<SettingName, string>
}

/**
 * Reads a settings file: YAML with the settings in snake_case (`data_dir: /var/lib/ops-center`). Without a path it is
 * `ops-center.yaml` in the working directory, which need not be there.
 *
 * @throws OpsError `settings_file_invalid` when it cannot be read, or has something that is no setting.
 */
export async function readSettingsFile(path: string | undefined): Promise<SettingsFile | undefined> {
  const file = resolve(path ?? DEFAULT_FILE)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (path === undefined && cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      return undefined
    throw invalid(file, errorMessage(cause), cause)
  })
  if (text === undefined) return undefined
  return { path: file, values: settingsOf(file, parsed(file, text)) }
}

function parsed(file: string, text: string): unknown {
  try {
    return parse(text) ?? {}
  } catch (cause) {
    throw invalid(file, errorMessage(cause), cause)
  }
}

function settingsOf(file: string, content: unknown): Map<SettingName, string> {
  if (!isJsonObject(content)) throw invalid(file, 'expected settings, such as "port: 8000"')
  const values = new Map<SettingName, string>()
  for (const [key, value] of Object.entries(content)) {
    const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    if (!isSettingName(name)) {
      const known = SETTING_NAMES.map(snakeCase).join(', ')
      throw invalid(file, `${JSON.stringify(key)} is no setting: expected ${known}`)
    }
    if (isJsonObject(value)) throw invalid(file, `${key} is an object: expected a value or a list`)
    if (value !== null) values.set(name, String(value))
  }
  return values
}

/** The name of a setting in a file. */
function snakeCase(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function invalid(file: string, reason: string, cause?: unknown): OpsError {
  return new OpsError('settings_file_invalid', `The settings file ${file} cannot be used: ${reason}`, {
    cause,
  })
}
