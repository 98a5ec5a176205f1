import {
  PLUGIN_CATEGORIES,
  PLUGIN_TYPES,
  type PluginCategory,
  type PluginType,
  pluginIdPattern,
  versionPattern,
} from '@ops-center/plugin-sdk/manifest/words'

/** Everything `init` needs to know about the plugin to write. */
export interface PluginAnswers {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly author: string
  readonly type: PluginType
  readonly category: PluginCategory
  readonly version: string
  readonly license: string
}

/** Answers as they were given, not yet checked. */
export type GivenAnswers = Readonly<Record<keyof PluginAnswers, string>>

/** One line that no rule of the manifest could refuse. */
const PLAIN_LINE = /^[A-Za-z0-9][\p{L}\p{N} .,'()-]{0,99}$/u

/**
 * The answers when nothing about them needs a second look; `undefined` leaves the judgement to the manifest's own
 * rules, which take longer to load than everything else that `init` does.
 */
export function plainAnswers(answers: GivenAnswers): PluginAnswers | undefined {
  const type = PLUGIN_TYPES.find((name) => name === answers.type)
  const category = PLUGIN_CATEGORIES.find((name) => name === answers.category)
  const { id, name, description, author, version, license } = answers
  const arePlain =
    pluginIdPattern.test(id) &&
    version.length <= 128 &&
    versionPattern.test(version) &&
    [name, description, author, license].every((text) => PLAIN_LINE.test(text))
  return arePlain && type !== undefined && category !== undefined ? { ...answers, type, category } : undefined
}

/** `weather-monitor` -> `Weather Monitor`. */
export function nameFromId(id: string): string {
  const words = id.split('-').filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ') || id
}
