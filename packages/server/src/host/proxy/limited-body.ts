import { Readable } from 'node:stream'
import { HttpProblem } from '../../http/http-problem.js'

export interface BodyLimits {
  method: string
  /** What the request says of its length. */
  length: string | undefined
  maxBytes: number
}

/**
 * The body of a request as it comes, cut off when it grows beyond `maxBytes`; null when there is none.
 *
 * @throws HttpProblem 413 when the request says beforehand that it is larger.
 */
export function limitedBody(
  { method, length, maxBytes }: BodyLimits,
  open: () => Readable | null,
): Readable | null {
  if (method === 'GET' || method === 'HEAD') return null
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes)
  const body = open()
  // A stated length is kept to: the server reads no more than that.
  return body && length === undefined ? Readable.from(upTo(maxBytes, body), { objectMode: false }) : body
}

async function* upTo(maxBytes: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, `The body is larger than ${maxBytes} bytes, the most that a plugin is sent`)
}
