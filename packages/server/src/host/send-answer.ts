import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { headersForCaller } from './proxied-headers.js'
import type { PluginAnswer } from './transports/plugin-transport.js'

const BODILESS = new Set([204, 205, 304])
/** Answers of a known length up to this are read before they are sent, so that one that breaks off is a 502. */
const WHOLE_BYTES = 65_536
/** Tells the server's adapter that there is nothing left to send. */
const ALREADY_SENT = { 'x-hono-already-sent': 'true' }

/**
 * The answer of a plugin as a response. Where there is a connection to write to, it is written there at once: a stream
 * of the web in between would cost more than all the rest.
 */
export async function sendAnswer(
  answer: PluginAnswer,
  method: string,
  outgoing: ServerResponse | undefined,
  requestId: string,
): Promise<Response> {
  const { statusCode: status, body } = answer
  const headers = headersForCaller(answer.headers)
  const content = await contentOf(answer, method)
  if (!outgoing)
    return new Response(content instanceof Readable ? streamOf(content) : content, {
      status,
      headers: listOf(headers),
    })
  const length = content instanceof Uint8Array ? content.byteLength : answer.headers['content-length']
  outgoing.writeHead(status, {
    ...headers,
    ...(length === undefined ? {} : { 'content-length': length }),
    'x-request-id': requestId,
  })
  if (content === body) {
    outgoing.flushHeaders()
    // Whichever side breaks off, the other is cut.
    pipeline(body, outgoing).catch(() => undefined)
  } else outgoing.end(content)
  return new Response(null, { status, headers: ALREADY_SENT })
}

/** Nothing, all of a short one, or the body as it comes. */
async function contentOf(
  { statusCode, headers, body }: PluginAnswer,
  method: string,
): Promise<null | Uint8Array<ArrayBuffer> | Readable> {
  if (method === 'HEAD' || BODILESS.has(statusCode)) {
    body.resume()
    return null
  }
  const length = headers['content-length']
  if (length === undefined || Number(length) > WHOLE_BYTES) return body
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function listOf(headers: Readonly<Record<string, string | string[]>>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )
}

function streamOf(body: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(body)
}
