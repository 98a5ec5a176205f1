import { isJsonObject, type JsonObject } from './json-object.js'

/** Schemas that refer to each other in a circle end here. */
const MAX_DEPTH = 8

const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-27T10:30:45.000Z',
  email: 'ada@example.com',
  uri: 'https://example.com/hook',
  uuid: '019c0000-0000-7000-8000-000000000000',
}

/**
 * A value that fits a schema of an OpenAPI document: what the schema gives as its example, else one made of the
 * examples, defaults and types of its parts.
 */
export function exampleOf(schema: unknown, schemas: JsonObject, depth = 0): unknown {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return undefined
  const reference = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  if (reference !== undefined) return exampleOf(schemas[reference], schemas, depth + 1)
  for (const name of ['example', 'default', 'const'] as const) {
    if (schema[name] !== undefined) return schema[name]
  }
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const options = [schema.oneOf, schema.anyOf].find(Array.isArray)
  if (options) return exampleOf(options[0], schemas, depth + 1)
  if (Array.isArray(schema.allOf)) {
    const parts = schema.allOf.map((part: unknown) => exampleOf(part, schemas, depth + 1))
    return Object.assign({}, ...parts, objectExample(schema, schemas, depth))
  }
  return exampleOfType(schema, schemas, depth)
}

function exampleOfType(schema: JsonObject, schemas: JsonObject, depth: number): unknown {
  const types = [schema.type].flat()
  switch (types[0]) {
    case 'object':
      return objectExample(schema, schemas, depth)
    case 'array': {
      const item = exampleOf(schema.items, schemas, depth + 1)
      return item === undefined ? [] : [item]
    }
    case 'string':
      return typeof schema.format === 'string' ? (BY_FORMAT[schema.format] ?? 'text') : 'text'
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1
    case 'boolean':
      return true
    default:
      return null
  }
}

function objectExample(schema: JsonObject, schemas: JsonObject, depth: number): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {}
  const entries = Object.entries(properties).map(([name, part]) => [
    name,
    exampleOf(part, schemas, depth + 1),
  ])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
