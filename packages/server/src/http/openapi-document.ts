import type { ApiRouter } from './create-http-app.js'
import { isJsonObject, type JsonObject } from './json-object.js'
import { exampleOf } from './openapi-example.js'

const DESCRIPTION = `The API of Ops-Center: devices and their readings, alerts, webhooks, users, and plugins.

Send \`Authorization: Bearer <key>\`. Lists are paged by \`page\` and \`page_size\`. A POST with an \`Idempotency-Key\`
can be repeated. Errors are \`application/problem+json\` with a \`request_id\` that the server's log has too.`

/** A description of an API as OpenAPI 3.1 has it. */
export type OpenApiDocument = JsonObject & { info: { title: string; version: string }; paths: JsonObject }

/** Describes every route that describes itself, with an example for each JSON body. */
export function openApiDocument(app: ApiRouter, version: string): OpenApiDocument {
  const info = { title: 'Ops-Center', version, description: DESCRIPTION, license: { name: 'Apache-2.0' } }
  const generated: unknown = JSON.parse(JSON.stringify(app.getOpenAPI31Document({ openapi: '3.1.0', info })))
  const document = isJsonObject(generated) ? generated : {}
  const paths = isJsonObject(document.paths) ? document.paths : {}
  const components = isJsonObject(document.components) ? document.components : {}
  const schemas = isJsonObject(components.schemas) ? components.schemas : {}
  for (const content of contentsOf(paths)) {
    const media = content['application/json']
    if (isJsonObject(media) && media.example === undefined) media.example = exampleOf(media.schema, schemas)
  }
  return { ...document, info, paths }
}

/** The `content` of every request and answer. */
function contentsOf(paths: JsonObject): JsonObject[] {
  const operations = Object.values(paths).flatMap((item) => (isJsonObject(item) ? Object.values(item) : []))
  const parts = operations
    .filter(isJsonObject)
    .flatMap(({ requestBody, responses }) => [
      requestBody,
      ...(isJsonObject(responses) ? Object.values(responses) : []),
    ])
  return parts.filter(isJsonObject).flatMap(({ content }) => (isJsonObject(content) ? [content] : []))
}
