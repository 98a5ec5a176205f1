import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createApiClient } from '../../src/api/client.js'
import { ApiConnectionError, ApiResponseError } from '../../src/api/errors.js'

const servers: Server[] = []

/** Starts a server on a free port of the loopback interface; resolves with its address. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

async function stop(server: Server | undefined): Promise<void> {
  server?.closeAllConnections()
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(stop))
})

describe('over the network', () => {
  it('speaks to a real server', async () => {
    const url = await listen((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ path: request.url, key: request.headers.authorization }))
    })
    expect(await createApiClient({ url, apiKey: 'k1' }).get('/devices')).toEqual({
      path: '/api/v1/devices',
      key: 'Bearer k1',
    })
  })

  it('says where nobody listens', async () => {
    const url = await listen(() => {})
    await stop(servers.pop())
    const error = await createApiClient({ url, apiKey: 'k', retries: 0 })
      .get('/devices')
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiConnectionError)
    expect(String(error)).toContain(`${url} (ECONNREFUSED)`)
  })

  it('never takes the key to another server', async () => {
    const reached: unknown[] = []
    const other = await listen((request, response) => {
      reached.push(request.headers.authorization)
      response.end('{}')
    })
    const url = await listen((_request, response) => {
      response.writeHead(302, { location: `${other}/api/v1/devices` }).end()
    })
    const error = await createApiClient({ url, apiKey: 'secret' })
      .get('/devices')
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiResponseError)
    expect(String(error)).toContain(other)
    expect(reached).toEqual([])
  })

  it('follows a redirect within the server, with method and body', async () => {
    const url = await listen((request, response) => {
      if (request.url === '/api/v1/devices')
        return response.writeHead(308, { location: '/api/v1/things' }).end()
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => response.end(`${request.method} ${body}`))
    })
    expect(await createApiClient({ url, apiKey: 'k' }).post('/devices', { json: { a: 1 } })).toBe(
      'POST {"a":1}',
    )
  })

  it('refuses a redirect that would turn a POST into a GET, and one in circles', async () => {
    const url = await listen((request, response) => {
      response.writeHead(302, { location: request.url ?? '' }).end()
    })
    const api = createApiClient({ url, apiKey: 'k' })
    await expect(api.post('/devices', { json: {} })).rejects.toThrow(/lose the method/)
    await expect(api.get('/devices')).rejects.toThrow(/more than 5 times/)
  })
})
