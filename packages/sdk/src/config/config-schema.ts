import { isPlainObject } from '../manifest/plain-object.js'
import { readAt } from './config-path.js'
import type { ConfigValues } from './config-value.js'

/** A JSON Schema. */
export type ConfigSchema = Readonly<Record<string, unknown>>

/** Everything a schema says about one value: itself, what it refers to, and its alternatives; each part once. */
function partsOf(root: ConfigSchema, schema: unknown, found = new Set<ConfigSchema>()): Set<ConfigSchema> {
  if (!isPlainObject(schema) || found.has(schema)) return found
  found.add(schema)
  if (typeof schema.$ref === 'string') partsOf(root, referredTo(root, schema.$ref), found)
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'then', 'else']) {
    const value = schema[keyword]
    for (const part of Array.isArray(value) ? value : [value]) partsOf(root, part, found)
  }
  for (const keyword of ['dependentSchemas', 'dependencies']) {
    const named = schema[keyword]
    for (const part of isPlainObject(named) ? Object.values(named) : []) partsOf(root, part, found)
  }
  return found
}

function referredTo(root: ConfigSchema, reference: string): unknown {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return findNamed(root, reference)
  const steps = reference.slice(2).split('/')
  return readAt(
    root,
    steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')),
  )
}

/** The part of a schema that calls itself by this reference, with `$id` or `$anchor`. */
function findNamed(within: unknown, reference: string, seen = new Set<unknown>()): unknown {
  if (typeof within !== 'object' || within === null || seen.has(within)) return undefined
  seen.add(within)
  if (isPlainObject(within) && (within.$id === reference || `#${within.$anchor}` === reference)) return within
  for (const part of Object.values(within)) {
    const found = findNamed(part, reference, seen)
    if (found !== undefined) return found
  }
  return undefined
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
    if (found.length === 0) found.push(part.additionalProperties, part.unevaluatedProperties)
    if (/^\d+$/.test(name)) found.push(...itemParts(part, Number(name)))
    return found.flatMap((schema) => [...partsOf(root, schema)])
  })
}

/** What is said about an item of a list. Both ways to describe a tuple: `prefixItems`, and `items` as a list. */
function itemParts(part: ConfigSchema, index: number): unknown[] {
  const isTuple = Array.isArray(part.items)
  const tuple = isTuple ? part.items : part.prefixItems
  const own = Array.isArray(tuple) ? tuple[index] : undefined
  const rest = isTuple ? part.additionalItems : part.items
  return [own ?? rest, part.contains, part.unevaluatedItems]
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
  return root === undefined ? place({}, []) : place(root, [...partsOf(root, root)])
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
  const found = schema === undefined ? undefined : defaultOf(schema, schema, completeOnly, [])
  return isPlainObject(found) ? found : {}
}

/** `within` has the schemas this one is part of: one that contains itself gives its defaults once. */
function defaultOf(
  root: ConfigSchema,
  schema: unknown,
  completeOnly: boolean,
  within: readonly ConfigSchema[],
): unknown {
  const parts = certainParts(root, schema).filter((part) => !within.includes(part))
  const own = parts.find((part) => part.default !== undefined)?.default
  if (own !== undefined && !isPlainObject(own)) return own
  const values: Record<string, unknown> = {}
  for (const part of parts) {
    for (const [name, inside] of Object.entries(isPlainObject(part.properties) ? part.properties : {})) {
      const value = defaultOf(root, inside, completeOnly, [...within, ...parts])
      if (value !== undefined) values[name] ??= value
    }
  }
  Object.assign(values, own)
  if (Object.keys(values).length === 0) return own
  const required = parts.flatMap((part) => (Array.isArray(part.required) ? part.required : []))
  const complete = required.every((name) => typeof name === 'string' && Object.hasOwn(values, name))
  return within.length > 0 && completeOnly && own === undefined && !complete ? undefined : values
}

/** The parts that hold in any case: alternatives exclude each other, so they give no defaults. */
function certainParts(root: ConfigSchema, schema: unknown, found = new Set<ConfigSchema>()): ConfigSchema[] {
  if (!isPlainObject(schema) || found.has(schema)) return [...found]
  found.add(schema)
  if (typeof schema.$ref === 'string') certainParts(root, referredTo(root, schema.$ref), found)
  for (const part of Array.isArray(schema.allOf) ? schema.allOf : []) certainParts(root, part, found)
  return [...found]
}
