import { ManifestError, parseManifest } from '@ops-center/plugin-sdk/manifest'
import { CliError } from '../cli-error.js'
import type { GivenAnswers, PluginAnswers } from './plugin-answers.js'

/**
 * Checks answers against the manifest's own rules before anything is written.
 *
 * @throws CliError naming each answer that is wrong.
 */
export function checkAnswers(answers: GivenAnswers): PluginAnswers {
  const remote =
    answers.type === 'container' ? { runtime: { type: 'remote', url: 'http://localhost:9000' } } : {}
  try {
    const parsed = parseManifest({ ...answers, ...remote })
    const { id, name, description, author, type, category, version, license } = parsed
    return { id, name, description, author, type, category, version, license: license ?? answers.license }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const lines = error.issues.map(({ path, message, fix }) => `  --${path}: ${message}. ${fix}`)
    throw new CliError('answers_invalid', ['The plugin cannot be created:', ...lines].join('\n'), {
      cause: error,
    })
  }
}
