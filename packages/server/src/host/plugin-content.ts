import type { Readable } from 'node:stream'
import type { PluginAnswer } from './transports/plugin-transport.js'

const BODILESS = new Set([204, 205, 304])
/** Answers of a known length up to this are read before they are sent, so that one that breaks off is a 502. */
const WHOLE_BYTES = 65_536

/** The content of an answer: nothing, all of a short one, or the body as it comes. */
export async function contentOf(
  { statusCode, headers, body }: PluginAnswer,
  method: string,
): Promise<null | Buffer<ArrayBuffer> | Readable> {
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
