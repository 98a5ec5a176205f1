import { isPlainObject } from './plain-object.js'

/** Keywords whose value is one schema, a list of schemas, or a mapping of names to schemas. */
const SCHEMA_KEYWORDS = new Set([
  'additionalItems',
  'additionalProperties',
  'allOf',
  'anyOf',
  'contains',
  'else',
  'if',
  'items',
  'not',
  'oneOf',
  'prefixItems',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
])
const NAMED_SCHEMA_KEYWORDS = new Set([
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
  'properties',
])
const ALIASES: Readonly<Record<string, string>> = { min: 'minimum', max: 'maximum' }

/**
 * A configuration schema with `min`/`max` written as JSON Schema's `minimum`/`maximum`; settings that happen to
 * be called `min` or `max` keep their names.
 */
export function normalizeConfigSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(normalizeConfigSchema)
  if (!isPlainObject(schema)) return schema
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === '__proto__') continue
    const name = typeof value === 'number' ? (ALIASES[key] ?? key) : key
    if (name !== key && Object.hasOwn(schema, name)) continue
    result[name] = normalizeKeyword(key, value)
  }
  return result
}

function normalizeKeyword(key: string, value: unknown): unknown {
  if (SCHEMA_KEYWORDS.has(key)) return normalizeConfigSchema(value)
  if (!NAMED_SCHEMA_KEYWORDS.has(key) || !isPlainObject(value)) return value
  const named = Object.entries(value).filter(([name]) => name !== '__proto__')
  return Object.fromEntries(named.map(([name, schema]) => [name, normalizeConfigSchema(schema)]))
}
