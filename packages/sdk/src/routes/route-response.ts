/** What a handler returned, as a response. */
export function routeResponse(value: unknown): Response {
  if (value instanceof Response) return value
  if (value === undefined) return new Response(null, { status: 204 })
  if (typeof value === 'string') return new Response(value, { headers: TEXT })
  if (value instanceof ReadableStream) return new Response(value)
  return new Response(JSON.stringify(value), { headers: JSON_HEADERS })
}

const TEXT = { 'content-type': 'text/plain; charset=UTF-8' }
const JSON_HEADERS = { 'content-type': 'application/json' }
