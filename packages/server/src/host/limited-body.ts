import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { HttpProblem } from '../http/http-problem.js'

/**
 * The body of a request as it comes, cut off when it grows beyond `maxBytes`; null when there is none.
 *
 * @throws HttpProblem 413 when the request says beforehand that it is larger.
 */
export function limitedBody(request: Request, maxBytes: number): Readable | null {
  if (request.method === 'GET' || request.method === 'HEAD' || !request.body) return null
  const length = request.headers.get('content-length')
  if (length !== null && Number(length) > maxBytes) throw tooLarge(maxBytes)
  const body = Readable.fromWeb(request.body as NodeReadableStream)
  // A stated length is kept to: the server reads no more than that.
  return length === null ? Readable.from(upTo(maxBytes, body), { objectMode: false }) : body
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
