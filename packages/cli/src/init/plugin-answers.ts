import { type PluginCategory, type PluginType, parseManifest } from '@ops-center/plugin-sdk/manifest'

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

/**
 * Checks answers against the manifest's own rules before anything is written.
 *
 * @throws ManifestError naming each answer that is wrong.
 */
export function checkAnswers(answers: Readonly<Record<keyof PluginAnswers, string>>): PluginAnswers {
  const remote = answers.type === 'container' ? { runtime: { url: 'http://localhost:9000' } } : {}
  const { id, name, description, author, type, category, version, license } = parseManifest({
    ...answers,
    ...remote,
  })
  return { id, name, description, author, type, category, version, license: license ?? answers.license }
}

/** `weather-monitor` -> `Weather Monitor`. */
export function nameFromId(id: string): string {
  const words = id.split('-').filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ') || id
}
