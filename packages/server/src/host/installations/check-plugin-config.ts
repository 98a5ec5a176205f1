import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { HttpProblem } from '../../http/http-problem.js'

/**
 * Checks a plugin's configuration against the `config_schema` of its manifest.
 *
 * @throws HttpProblem 422 naming each place that is wrong.
 */
export function checkPluginConfig(manifest: Manifest, config: Record<string, unknown>): void {
  if (!manifest.config_schema) return
  const ajv = new Ajv({ allErrors: true, strict: false })
  addFormats.default(ajv)
  const validate = ajv.compile(manifest.config_schema)
  if (validate(config)) return
  const errors = (validate.errors ?? []).map(({ instancePath, message, params }) => ({
    pointer: `/config${instancePath}`,
    detail: [message, 'additionalProperty' in params ? `"${params.additionalProperty}"` : '']
      .join(' ')
      .trim(),
  }))
  const [first] = errors
  throw new HttpProblem(
    422,
    `The configuration does not fit plugin "${manifest.id}": ${first ? `${first.pointer} ${first.detail}` : 'not valid'}`,
    { errors },
  )
}
