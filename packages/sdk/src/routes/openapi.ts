import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as z from 'zod'
import type { HttpMethod, RegisteredRoute } from './route-definition.js'

interface PluginInfo {
  id: string
  name: string
  version: string
  description: string
}

type JsonObject = Record<string, unknown>

/** The OpenAPI 3.1 document of a plugin's routes. */
export function openapiDocument(plugin: PluginInfo, routes: readonly RegisteredRoute[]): JsonObject {
  const paths: Record<string, JsonObject> = {}
  for (const route of routes) {
    const path = `/plugins/${plugin.id}${route.path.replaceAll(/:([A-Za-z_]\w*)(\{[^}]*\})?/g, '{$1}')}`
    paths[path] ??= {}
    for (const method of route.methods) paths[path][method.toLowerCase()] = operation(route, method)
  }
  return {
    openapi: '3.1.0',
    info: { title: plugin.name, version: plugin.version, description: plugin.description },
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  }
}

function operation(route: RegisteredRoute, method: HttpMethod): JsonObject {
  const { params, query, body, summary, description, auth } = route.options
  const parameters = [...pathParameters(route.path, params), ...queryParameters(query)]
  return {
    operationId: operationId(route, method),
    ...(summary ? { summary } : {}),
    ...(description ? { description } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } } }
      : {}),
    responses: {
      ...(route.upgrade
        ? { 101: { description: 'A WebSocket' }, 426: { description: 'The request does not ask for one' } }
        : { 200: { description: 'Success' } }),
      ...(params || query || body ? { 422: { description: 'The request is not valid' } } : {}),
    },
    security: auth === 'none' ? [] : [{ bearer: [] }],
  }
}

/** Unique also where one handler answers several methods. */
function operationId({ handler, methods }: RegisteredRoute, method: HttpMethod): string {
  return method === methods[0] ? handler : `${handler}_${method.toLowerCase()}`
}

function pathParameters(path: string, schema: StandardSchemaV1 | undefined): JsonObject[] {
  const properties = schema ? propertiesOf(jsonSchema(schema)) : {}
  return [...path.matchAll(/:([A-Za-z_]\w*)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name] ?? { type: 'string' },
  }))
}

function queryParameters(schema: StandardSchemaV1 | undefined): JsonObject[] {
  if (!schema) return []
  const document = jsonSchema(schema)
  const required = Array.isArray(document.required) ? document.required : []
  return Object.entries(propertiesOf(document)).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }))
}

function propertiesOf(schema: JsonObject): JsonObject {
  return { ...(typeof schema.properties === 'object' ? schema.properties : {}) }
}

/** Schemas other than Zod's say nothing of their shape: any value is documented. */
function jsonSchema(schema: StandardSchemaV1): JsonObject {
  if (!(schema instanceof z.ZodType)) return {}
  const { $schema: _, ...document } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return document
}
