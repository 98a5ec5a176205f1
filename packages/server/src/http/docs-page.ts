import { html, raw } from 'hono/html'
import { isJsonObject, type JsonObject } from './json-object.js'
import type { OpenApiDocument } from './openapi-document.js'

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; background: #fff }
  h2 { margin-top: 2.5rem; text-transform: capitalize }
  details { border: 1px solid #d5dbe3; border-radius: 6px; margin: .4rem 0; padding: .5rem .8rem }
  summary { cursor: pointer }
  code, pre { font: 14px/1.45 ui-monospace, monospace }
  pre { overflow: auto; background: #f4f6f9; padding: .8rem; border-radius: 4px }
  b { display: inline-block; min-width: 4.5rem; text-transform: uppercase }
  @media (prefers-color-scheme: dark) {
    body { color: #dfe5ee; background: #14181f } details { border-color: #333c4a } pre { background: #1d232d }
  }
`

/** The API as a page for people; everything is in it, so it can be read without a network. */
export function docsPage(document: OpenApiDocument) {
  const sections = groupByTag(operationsOf(document))
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title} API</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>${document.info.title} API ${document.info.version}</h1>
        <p>Send <code>Authorization: Bearer &lt;key&gt;</code>. For programs: <a href="/openapi.json">openapi.json</a></p>
        ${[...sections].map(
          ([tag, operations]) => html`<h2>${tag}</h2>
            ${operations.map(operationDetails)}`,
        )}
      </body>
    </html>`
}

interface Listed {
  tag: string
  method: string
  path: string
  operation: JsonObject
}

function operationsOf({ paths }: OpenApiDocument): Listed[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    const operations = isJsonObject(item) ? item : {}
    return METHODS.flatMap((method) => {
      const operation = operations[method]
      return isJsonObject(operation)
        ? [{ tag: String([operation.tags].flat()[0]), method, path, operation }]
        : []
    })
  })
}

function groupByTag(listed: Listed[]): Map<string, Listed[]> {
  const groups = new Map<string, Listed[]>()
  for (const item of listed) groups.set(item.tag, [...(groups.get(item.tag) ?? []), item])
  return groups
}

function operationDetails({ method, path, operation }: Listed) {
  const { parameters, requestBody, responses } = operation
  return html`<details>
    <summary><b>${method}</b> <code>${path}</code> ${String(operation.summary ?? '')}</summary>
    <p>${String(operation.description ?? '')}</p>
    <pre>${JSON.stringify({ parameters, requestBody, responses }, null, 2)}</pre>
  </details>`
}
