import { isPlainObject } from '../manifest/plain-object.js'
import { ConfigError } from './config-error.js'
import { type Assignment, writeAt } from './config-path.js'
import { type ConfigValues, freezeDeep, mergeValues } from './config-value.js'
import { readEnvironment } from './environment.js'
import { resolveNulls } from './resolve-nulls.js'
import type { SchemaRules } from './schema-rules.js'

/** What a configuration is made of, weakest first. */
export interface ConfigLayers {
  defaults: ConfigValues
  file: ConfigValues
  platform: ConfigValues
  env: Readonly<Record<string, string | undefined>>
  overrides: readonly Assignment[]
}

/**
 * All layers and the schema's defaults as one frozen whole.
 *
 * @throws ConfigError `config_invalid` with everything that is wrong with it.
 */
export function composeValues(layers: ConfigLayers, rules: SchemaRules): ConfigValues {
  const { validate, place, defaults, judgedDefaults } = rules
  const stored = [layers.file, layers.platform].map((values) => resolveNulls(values, place))
  const given = stored.reduce(mergeValues, layers.defaults)
  const environment = readEnvironment(layers.env, place, mergeValues(defaults, given))
  const applied = layers.overrides.reduce<unknown>(
    (values, { steps, value }) => writeAt(values, steps, value),
    mergeValues(given, environment.values),
  )
  const explicit = isPlainObject(applied) ? applied : {}
  const problems = [...environment.problems, ...validate(mergeValues(judgedDefaults, explicit))]
  if (problems.length > 0) throw new ConfigError('config_invalid', problems)
  // A copy, as the layers belong to others, who may not expect them frozen.
  return freezeDeep(structuredClone(mergeValues(defaults, explicit)))
}
