import { errorMessage, OpsError } from '../errors.js'

/**
 * What a handler returned, as a response.
 *
 * @throws OpsError `route_answer_invalid` for what JSON cannot carry.
 */
export function routeResponse(value: unknown): Response {
  if (value instanceof Response) return value
  if (value === undefined) return new Response(null, { status: 204 })
  if (typeof value === 'string') return new Response(value, { headers: TEXT })
  if (isRawBody(value)) return new Response(value)
  return new Response(jsonText(value), { headers: JSON_HEADERS })
}

/** Bytes are sent as they are: as JSON they would arrive as a heap of numbers. */
function isRawBody(value: unknown): value is ReadableStream | Blob | ArrayBuffer | Uint8Array<ArrayBuffer> {
  return (
    value instanceof ReadableStream ||
    value instanceof Blob ||
    value instanceof ArrayBuffer ||
    value instanceof Uint8Array
  )
}

const TEXT = { 'content-type': 'text/plain; charset=UTF-8' }
const JSON_HEADERS = { 'content-type': 'application/json' }

function jsonText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw notJson(errorMessage(cause), cause)
  }
  if (text === undefined) throw notJson(`it is a ${typeof value}`)
  return text
}

function notJson(why: string, cause?: unknown): OpsError {
  return new OpsError(
    'route_answer_invalid',
    `What the route returned is not JSON (${why}): return plain data, a text, bytes, a stream or a Response`,
    { cause },
  )
}
