import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { limitedBody } from './limited-body.js'
import { WHOLE_BYTES } from './plugin-content.js'

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/**
 * What is passed on of a request's body. A short one is read before the plugin is asked: a caller that is slow to send
 * keeps none of its connections.
 *
 * @throws HttpProblem 413 when the request says beforehand that it is larger than `maxBytes`.
 */
export function directBody(
  incoming: IncomingMessage,
  method: string,
  maxBytes: number,
): null | Readable | Promise<Buffer<ArrayBuffer>> {
  const length = incoming.headers['content-length']
  const isShort = Number(length) <= WHOLE_BYTES
  const body = limitedBody({ method, length, maxBytes }, () => (isShort ? incoming : apart(incoming)))
  return body && isShort ? buffer(body) : body
}

/** The same bytes, for who may destroy them: nothing more would be read from the connection after that. */
function apart(incoming: IncomingMessage): Readable {
  const body = new PassThrough()
  incoming.once('close', () => {
    if (!incoming.readableEnded) body.destroy(new Error('The caller broke its request off'))
  })
  return incoming.pipe(body)
}
