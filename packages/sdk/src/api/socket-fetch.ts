import { Agent, type IncomingMessage, request as sendRequest } from 'node:http'
import { Readable } from 'node:stream'
import type { FetchFunction } from './send-once.js'

const BODILESS = new Set([204, 205, 304])

/**
 * `fetch` over a Unix socket, for a plugin whose host lets it reach nothing else.
 *
 * @example createApiClient({ url: 'http://ops-center', apiKey, fetch: createSocketFetch('/run/ops-center/api.sock') })
 */
export function createSocketFetch(socketPath: string): FetchFunction {
  const agent = new Agent({ keepAlive: true })
  return async (request) => {
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
    const { pathname, search, host } = new URL(request.url)
    return new Promise<Response>((resolve, reject) => {
      const sent = sendRequest(
        {
          agent,
          socketPath,
          method: request.method,
          path: `${pathname}${search}`,
          headers: {
            ...Object.fromEntries(request.headers),
            host,
            ...(body ? { 'content-length': body.length } : {}),
          },
          signal: request.signal,
        },
        (answer) => resolve(responseOf(answer, request.method)),
      )
      sent.once('error', reject)
      sent.end(body)
    })
  }
}

function responseOf(answer: IncomingMessage, method: string): Response {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const status = answer.statusCode ?? 502
  const hasBody = method !== 'HEAD' && !BODILESS.has(status)
  if (!hasBody) answer.resume()
  return new Response(hasBody ? Readable.toWeb(answer) : null, { status, headers })
}
