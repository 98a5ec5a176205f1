import type { RequestListener } from 'node:http'
import { Pool } from 'undici'

/** The least that passing a request on to a Unix socket takes in Node: no keys, no figures, no log, no care. */
export function createBareProxy(socketPath: string): RequestListener {
  const pool = new Pool('http://plugin', { socketPath, connections: 64 })
  return async (request, response) => {
    const { statusCode, headers, body } = await pool.request({ method: 'GET', path: request.url ?? '/' })
    const content = Buffer.from(await body.arrayBuffer())
    response.writeHead(statusCode, {
      'content-type': headers['content-type'],
      'content-length': content.byteLength,
    })
    response.end(content)
  }
}
