import * as z from 'zod'
import { manifestSchema } from './manifest-schema.js'
import { isPlainObject } from './plain-object.js'

type JsonSchema = Record<string, unknown>

/** The JSON Schema of `plugin.yaml` that editors use, the accepted older spellings among it. */
export function createPluginSchema(): JsonSchema {
  const schema: JsonSchema = z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-7' })
  const properties = mapping(schema.properties)
  properties.api_routes = {
    ...mapping(properties.routes),
    deprecated: true,
    description: 'Write routes instead',
  }
  allowAlias(properties.hooks, 'event', 'name')
  allowAlias(properties.filters, 'filter', 'name')
  allowOnError(properties.hooks)
  allowOlderPermissions(properties.permissions)
  return {
    ...schema,
    title: 'Ops-Center plugin manifest',
    description: 'plugin.yaml of an Ops-Center plugin',
  }
}

function allowAlias(list: unknown, key: string, alias: string): void {
  const item = mapping(mapping(list).items)
  const properties = mapping(item.properties)
  properties[alias] = { ...mapping(properties[key]), deprecated: true, description: `Write ${key} instead` }
  delete item.required
  item.anyOf = [{ required: [key] }, { required: [alias] }]
}

function allowOnError(list: unknown): void {
  const properties = mapping(mapping(mapping(list).items).properties)
  properties.onError = {
    ...mapping(properties.on_error),
    deprecated: true,
    description: 'Write on_error instead',
  }
}

function allowOlderPermissions(list: unknown): void {
  const permissions = mapping(list)
  const current = mapping(permissions.items)
  const names = Array.isArray(current.enum) ? current.enum.join('|') : ''
  permissions.items = { anyOf: [current, { type: 'string', pattern: `^[a-z]+:(${names})$` }] }
}

function mapping(value: unknown): JsonSchema {
  return isPlainObject(value) ? value : {}
}
