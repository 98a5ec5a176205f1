import { type ConfigSchema, type SchemaPlace, schemaDefaults, schemaRoot } from './config-schema.js'
import type { ConfigValues } from './config-value.js'
import { type ConfigValidator, createConfigValidator } from './validate-config.js'

/** Everything a schema says about a configuration, worked out once. */
export interface SchemaRules {
  readonly validate: ConfigValidator
  readonly place: SchemaPlace
  readonly defaults: ConfigValues
  /** The defaults that may be held against the schema, see `schemaDefaults`. */
  readonly judgedDefaults: ConfigValues
}

/** @throws ConfigError `config_schema_invalid` when the schema cannot be used. */
export function createSchemaRules(schema: ConfigSchema | undefined): SchemaRules {
  // First, as it refuses what the rest would stumble over.
  const validate = createConfigValidator(schema)
  return {
    validate,
    place: schemaRoot(schema),
    defaults: schemaDefaults(schema),
    judgedDefaults: schemaDefaults(schema, true),
  }
}
