import { OpsError } from '@ops-center/plugin-sdk'
import type { ServerOptions } from '../options.js'
import { SETTING_NAMES, SETTINGS, type SettingName, shownSetting } from './settings.js'
import type { SettingsFile } from './settings-file.js'

type Environment = Readonly<Record<string, string | undefined>>

export interface SettingSources {
  overrides?: ServerOptions | undefined
  env?: Environment | undefined
  file?: SettingsFile | undefined
}

/** What is set, where, and what is wrong with it. */
export interface ReadSettings {
  values: ServerOptions
  /** `PORT in the environment` and its like, for the settings that are set. */
  sources: Map<SettingName, { source: string; text: string }>
  /** OpsErrors `setting_invalid`. */
  problems: OpsError[]
}

/** Reads every setting from the first source that has it; an empty variable counts as not set. */
export function readSettings({ overrides = {}, env = {}, file }: SettingSources): ReadSettings {
  const values: ServerOptions = {}
  const sources: ReadSettings['sources'] = new Map()
  const problems: OpsError[] = []

  function read(name: SettingName): void {
    const { env: variable, expected, parse } = SETTINGS[name]
    const given = overrides[name]
    const found = [
      { text: given === undefined ? undefined : String(given), source: 'given', label: variable },
      { text: env[variable] || undefined, source: variable, label: variable },
      { text: file?.values.get(name), source: file?.path ?? '', label: `${name} in ${file?.path}` },
    ].find(({ text }) => text !== undefined)
    if (found?.text === undefined) return
    const { text, source, label } = found
    sources.set(name, { source, text })
    const value = parse(text)
    if (value !== undefined) Object.assign(values, { [name]: value })
    else {
      problems.push(
        new OpsError(
          'setting_invalid',
          `${label}=${shownSetting(name, text)} is not valid: expected ${expected}`,
        ),
      )
    }
  }
  for (const name of SETTING_NAMES) read(name)
  return { values, sources, problems }
}
