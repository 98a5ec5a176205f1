import { Ajv, type ErrorObject } from 'ajv'
import formats from 'ajv-formats'
import { errorMessage } from '../errors.js'
import { ConfigError, type ConfigProblem } from './config-error.js'
import { formatPath, readAt } from './config-path.js'
import { type ConfigSchema, schemaRoot } from './config-schema.js'
import type { ConfigValues } from './config-value.js'
import { envName } from './environment.js'
import { isSecretAt } from './mask-config.js'

/** Settings of the SDK itself, which no plugin's schema knows. */
const OWN_SETTINGS = ['ops_center_api_url', 'ops_center_api_key']

/** Says what is wrong with values; an empty list when nothing is. */
export type ConfigValidator = (values: ConfigValues) => ConfigProblem[]

/**
 * A validator for a schema.
 *
 * @throws ConfigError `config_schema_invalid` when the schema itself cannot be used.
 */
export function createConfigValidator(schema: ConfigSchema | undefined): ConfigValidator {
  if (schema === undefined) return () => []
  const ajv = new Ajv({ allErrors: true, strict: false, logger: false })
  formats.default(ajv)
  ajv.addKeyword('sensitive')
  // Which draft a schema names changes nothing here, and Ajv refuses those it has not been taught.
  const { $schema: _draft, ...rest } = schema
  const check = compile(ajv, rest)
  return (values) => {
    const judged = Object.fromEntries(Object.entries(values).filter(([name]) => !OWN_SETTINGS.includes(name)))
    if (check(judged)) return []
    return describeErrors(check.errors ?? [], judged, schema)
  }
}

function compile(ajv: Ajv, schema: ConfigSchema) {
  try {
    return ajv.compile(schema)
  } catch (cause) {
    const message = `config_schema is not a usable JSON Schema (${errorMessage(cause)}): run ops-center-plugin validate`
    throw new ConfigError('config_schema_invalid', [{ path: '', message }], { cause })
  }
}

function describeErrors(
  errors: readonly ErrorObject[],
  values: ConfigValues,
  schema: ConfigSchema,
): ConfigProblem[] {
  const problems = new Map<string, ConfigProblem>()
  for (const error of errors) {
    const steps = error.instancePath
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    const problem = describeError(error, steps, values, schema)
    problems.set(`${problem.path} ${problem.message}`, problem)
  }
  return [...problems.values()]
}

function describeError(
  error: ErrorObject,
  steps: readonly string[],
  values: ConfigValues,
  schema: ConfigSchema,
): ConfigProblem {
  const { missingProperty, additionalProperty, allowedValues } = error.params
  if (error.keyword === 'required' && typeof missingProperty === 'string') {
    const missing = [...steps, missingProperty]
    const message = `is required: set it in config.yaml or as ${envName(missing)}`
    return { path: formatPath(missing), message }
  }
  if (error.keyword === 'additionalProperties' && typeof additionalProperty === 'string') {
    const known = schemaRoot(schema)
    const place = steps.reduce((at, step) => at.at(step), known)
    const names = place.names.length === 0 ? '' : `: expected one of ${place.names.join(', ')}`
    return { path: formatPath([...steps, additionalProperty]), message: `is not a known setting${names}` }
  }
  const allowed = Array.isArray(allowedValues)
    ? ` (${allowedValues.map((value) => JSON.stringify(value)).join(', ')})`
    : ''
  const shown = isSecretAt(steps, schemaRoot(schema))
    ? ''
    : `, but is ${JSON.stringify(readAt(values, steps))}`
  return { path: formatPath(steps), message: `${error.message ?? 'is not valid'}${allowed}${shown}` }
}
