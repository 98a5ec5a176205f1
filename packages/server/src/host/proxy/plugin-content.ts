import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { PluginAnswer } from '../transports/plugin-transport.js'

/** How an answer's content is passed on: not at all, read before it is sent, or as it comes. */
export type ContentKind = 'none' | 'whole' | 'streamed'

const BODILESS = new Set([204, 205, 304])
/** Answers of a known length up to this are read before they are sent, so that one that breaks off is a 502. */
export const WHOLE_BYTES = 65_536

/** Whether an answer has content, whatever its headers say. */
export function hasContent(method: string, statusCode: number): boolean {
  return method !== 'HEAD' && !BODILESS.has(statusCode)
}

export function contentKind(method: string, statusCode: number, headers: IncomingHttpHeaders): ContentKind {
  if (!hasContent(method, statusCode)) return 'none'
  const length = headers['content-length']
  return length === undefined || Number(length) > WHOLE_BYTES ? 'streamed' : 'whole'
}

/** The content of an answer: nothing, all of a short one, or the body as it comes. */
export async function contentOf(
  { statusCode, headers, body }: PluginAnswer,
  method: string,
): Promise<null | Buffer<ArrayBuffer> | Readable> {
  const kind = contentKind(method, statusCode, headers)
  if (kind === 'streamed') return body
  if (kind === 'none') {
    body.resume()
    return null
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
