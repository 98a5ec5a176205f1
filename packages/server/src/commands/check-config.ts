import { errorMessage } from '@ops-center/plugin-sdk'
import { withDefaults } from '../options.js'
import { readSignaturePolicy } from '../registry/signature-policy.js'
import { readSettings, type SettingSources } from '../settings/read-settings.js'
import { SETTING_NAMES, SETTINGS, shownSetting } from '../settings/settings.js'

/** What `ops-center config check` says. */
export interface ConfigCheck {
  text: string
  isValid: boolean
}

/** Every setting with its value and where it comes from, and everything that is wrong with them. */
export async function checkConfig(sources: SettingSources): Promise<ConfigCheck> {
  const { values, sources: found, problems } = readSettings(sources)
  const options = withDefaults(values)
  const lines = SETTING_NAMES.map((name) => {
    const set = found.get(name)
    const value = set?.text ?? (options[name] === undefined ? undefined : String(options[name]))
    const shown = value === undefined ? '(not set)' : shownSetting(name, value)
    return `${SETTINGS[name].env} = ${shown} (${set?.source ?? 'default'})`
  })
  const signatures = await readSignaturePolicy(options)
  const messages = [...problems, ...signatures.problems].map(errorMessage)
  const verdict =
    messages.length === 0 ? ['The settings are valid'] : messages.map((text) => `Error: ${text}`)
  return { text: [...lines, '', ...verdict].join('\n'), isValid: messages.length === 0 }
}
