import { isPlainObject } from '../manifest/plain-object.js'
import { readAt } from './config-path.js'
import type { ConfigValues } from './config-value.js'

/** A JSON Schema. */
export type ConfigSchema = Readonly<Record<string, unknown>>

/** Schemas that refer to themselves end here. */
const MAX_DEPTH = 16

/** Everything a schema says about one value: itself, what it refers to, and its alternatives. */
function partsOf(root: ConfigSchema, schema: unknown, depth = 0): ConfigSchema[] {
  if (!isPlainObject(schema) || depth > MAX_DEPTH) return []
  const parts: ConfigSchema[] = [schema]
  if (typeof schema.$ref === 'string' && schema.$ref.startsWith('#/')) {
    const steps = schema.$ref
      .slice(2)
      .split('/')
      .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    parts.push(...partsOf(root, readAt(root, steps), depth + 1))
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'then', 'else']) {
    const value = schema[keyword]
    for (const part of Array.isArray(value) ? value : [value]) parts.push(...partsOf(root, part, depth + 1))
  }
  return parts
}

/** What is said about the setting `name` within values that `parts` describe. */
function childParts(root: ConfigSchema, parts: readonly ConfigSchema[], name: string): ConfigSchema[] {
  return parts.flatMap((part) => {
    const named = isPlainObject(part.properties) && Object.hasOwn(part.properties, name)
    const found: unknown[] = named && isPlainObject(part.properties) ? [part.properties[name]] : []
    if (isPlainObject(part.patternProperties)) {
      for (const [pattern, schema] of Object.entries(part.patternProperties)) {
        if (new RegExp(pattern, 'u').test(name)) found.push(schema)
      }
    }
    if (found.length === 0) found.push(part.additionalProperties)
    if (/^\d+$/.test(name)) found.push(Array.isArray(part.items) ? part.items[Number(name)] : part.items)
    return found.flatMap((schema) => partsOf(root, schema))
  })
}

/** A place in a schema, to ask what it says there. */
export interface SchemaPlace {
  /** JSON types the value may have; empty when the schema does not say. */
  readonly types: ReadonlySet<string>
  /** Whether the value is a secret; `undefined` when the schema does not say. */
  readonly sensitive: boolean | undefined
  /** Names of settings within. */
  readonly names: readonly string[]
  at(name: string): SchemaPlace
}

/** The outermost place of a schema. */
export function schemaRoot(root: ConfigSchema | undefined): SchemaPlace {
  return root === undefined ? place({}, []) : place(root, partsOf(root, root))
}

function place(root: ConfigSchema, parts: readonly ConfigSchema[]): SchemaPlace {
  const marks = parts.map((part) => part.sensitive).filter((mark) => typeof mark === 'boolean')
  return {
    types: new Set(parts.flatMap(typesOf)),
    sensitive: marks.length === 0 ? undefined : marks.includes(true),
    names: parts.flatMap((part) => (isPlainObject(part.properties) ? Object.keys(part.properties) : [])),
    at: (name) => place(root, childParts(root, parts, name)),
  }
}

function typesOf(part: ConfigSchema): string[] {
  const declared = [part.type].flat().filter((type) => typeof type === 'string')
  if (declared.length > 0) return declared
  const values = Array.isArray(part.enum) ? part.enum : 'const' in part ? [part.const] : []
  if (values.length > 0) return values.map(jsonType)
  if (isPlainObject(part.properties)) return ['object']
  return []
}

/** The JSON type of a value. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/**
 * The `default`s of a schema, nested ones too. With `completeOnly`, a mapping that nobody asked for is left out when
 * its defaults alone do not satisfy its `required`: optional settings must not become wrong by their defaults.
 */
export function schemaDefaults(schema: ConfigSchema | undefined, completeOnly = false): ConfigValues {
  const found = schema === undefined ? undefined : defaultOf(schema, schema, completeOnly, 0)
  return isPlainObject(found) ? found : {}
}

function defaultOf(root: ConfigSchema, schema: unknown, completeOnly: boolean, depth: number): unknown {
  const parts = partsOf(root, schema, depth)
  const own = parts.find((part) => part.default !== undefined)?.default
  if (own !== undefined && !isPlainObject(own)) return own
  const values: Record<string, unknown> = {}
  // Alternatives exclude each other, so only what holds in any case gives defaults.
  const certain = parts.filter((part) => part === schema || isCertain(root, schema, part))
  for (const part of certain) {
    for (const [name, inside] of Object.entries(isPlainObject(part.properties) ? part.properties : {})) {
      const value = depth < MAX_DEPTH ? defaultOf(root, inside, completeOnly, depth + 1) : undefined
      if (value !== undefined) values[name] ??= value
    }
  }
  Object.assign(values, own)
  if (Object.keys(values).length === 0) return own
  const required = certain.flatMap((part) => (Array.isArray(part.required) ? part.required : []))
  const complete = required.every((name) => typeof name === 'string' && Object.hasOwn(values, name))
  return depth > 0 && completeOnly && own === undefined && !complete ? undefined : values
}

function isCertain(root: ConfigSchema, schema: unknown, part: ConfigSchema): boolean {
  if (!isPlainObject(schema)) return false
  const { anyOf: _any, oneOf: _one, then: _then, else: _else, ...always } = schema
  return partsOf(root, always).includes(part)
}
