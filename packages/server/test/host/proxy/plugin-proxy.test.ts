import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../test-platform.js'
import { edge } from './edge-plugin.js'

let platform: TestPlatform
const patience = { timeout: 15_000, interval: 20 }
const authorization = `Bearer ${ADMIN_KEY}`
const get = (path: string, init: RequestInit = {}) =>
  fetch(`${platform.server.url}/plugins/edge${path}`, {
    redirect: 'manual',
    ...init,
    headers: { authorization, ...init.headers },
  })
const seen = () => platform.route<string[]>('GET', '/plugins/edge/seen')

beforeAll(async () => {
  platform = await startTestPlatform({ pluginAnswerTimeout: 1_000, maxPluginBodyBytes: 100_000 })
  await platform.run(edge)
})
afterAll(() => platform.close())

describe('who calls a route', () => {
  it('is told to the plugin: the user of a key', async () => {
    expect(await platform.route('GET', '/plugins/edge/who?a=%20b')).toEqual({
      caller: {
        kind: 'user',
        id: 'admin',
        name: expect.any(String),
        organization_id: 'default',
        role: 'admin',
        permissions: ['*'],
      },
      can: true,
    })
  })

  it('is told to the plugin: a key of nobody, with what it may do', async () => {
    const { key, id } = await platform.api<{ key: string; id: string }>('POST', '/api-keys', {
      name: 'wall',
      scopes: ['alerts:read'],
    })
    const answer = await get('/who', { headers: { authorization: `Bearer ${key}` } })
    expect(await answer.json()).toMatchObject({
      caller: { kind: 'key', id, name: 'wall', permissions: ['alerts:read'] },
      can: false,
    })
  })

  it('is nobody on an open route, unless a key is sent, which must then be right', async () => {
    const open = `${platform.server.url}/plugins/edge/open`
    expect(await (await fetch(open)).json()).toEqual({ caller: null })
    expect(await (await get('/open')).json()).toMatchObject({ caller: { id: 'admin' } })
    const wrong = await get('/open', { headers: { authorization: 'Bearer wrong' } })
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ])
    expect((await fetch(open, { method: 'HEAD' })).status).toBe(200)
    expect((await fetch(open, { method: 'POST' })).status).toBe(401)
  })

  it('cannot be forged from outside', async () => {
    const forged = { 'x-ops-caller': 'e30.forged', 'X-Ops-Caused-By': 'x' }
    const answer = await get('/who', { headers: forged })
    expect(await answer.json()).toMatchObject({ caller: { id: 'admin' } })
    const open = await fetch(`${platform.server.url}/plugins/edge/open`, { headers: forged })
    expect(await open.json()).toEqual({ caller: null })
  })
})

describe('headers', () => {
  it('of the caller arrive, without keys, cookies and what belongs to the connection', async () => {
    const { port } = new URL(platform.server.url)
    const answer = await new Promise<IncomingMessage>((resolve) =>
      httpRequest(
        {
          port,
          path: '/plugins/edge/headers',
          headers: {
            authorization,
            cookie: 'a=1',
            connection: 'close, X-Hop',
            'x-hop': '1',
            te: 'trailers',
            'proxy-authorization': 'Basic eDp5',
            'x-list': ['a', 'b'],
            'x-forwarded-for': '10.0.0.1',
          },
        },
        resolve,
      ).end(),
    )
    const headers = JSON.parse(await text(answer))
    expect(headers).toMatchObject({ 'x-list': 'a, b', 'x-forwarded-for': '10.0.0.1' })
    for (const name of ['authorization', 'cookie', 'x-hop', 'te', 'proxy-authorization'])
      expect(headers).not.toHaveProperty(name)
  })

  it('of the plugin reach the caller, but none that holds for the whole origin', async () => {
    const { headers } = await get('/answer-headers')
    expect([headers.get('x-own'), headers.get('vary'), headers.get('link')]).toEqual([
      'yes',
      'accept',
      '</a>; rel=a, </b>; rel=b',
    ])
    for (const name of ['set-cookie', 'clear-site-data', 'service-worker-allowed', 'x-private'])
      expect([name, headers.get(name)]).toEqual([name, null])
  })

  it.each([
    ['', '/plugins/edge/who'],
    ['?to=https://example.com/a', 'https://example.com/a'],
    ['?to=http://plugin.example/a', 'http://plugin.example/a'],
  ])('that redirect%s lead to %s', async (query, location) => {
    const answer = await get(`/redirect${query}`)
    expect([answer.status, answer.headers.get('location')]).toEqual([302, location])
  })

  it('with a line break in them are refused before anything is done', async () => {
    const { port } = new URL(platform.server.url)
    const socket = connect(Number(port), 'localhost')
    socket.end(
      `GET /plugins/edge/headers HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nX-A: b\rX-Ops-Caller: c\r\n\r\n`,
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /)
  })
})

/** As it is sent on the wire, which a URL would change. */
const askAsWritten = async (path: string, headers: Record<string, string> = {}) => {
  const { port } = new URL(platform.server.url)
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    httpRequest({ port, path, headers }, resolve).once('error', reject).end(),
  )
  return { status: answer.statusCode, body: await text(answer) }
}

describe('a path', () => {
  it.each([
    '/plugins/edge/open/../who',
    '/plugins/edge/./who',
    '/plugins/edge/open/%2e%2e/who',
    '/plugins/edge/open/..\\who',
    '/plugins/nobody/../edge/who',
    '//plugins/edge/who',
  ])('means what it leads to, not how it is written: %s needs a key', async (path) => {
    expect((await askAsWritten(path)).status).toBeGreaterThanOrEqual(400)
    const { status, body } = await askAsWritten(path, { authorization })
    if (status === 200) expect(JSON.parse(body)).toMatchObject({ caller: { name: expect.any(String) } })
    else expect([400, 404]).toContain(status)
  })

  it('may have anything in its query that a URL may', async () => {
    for (const query of ['a=%20b&c=d', "a='b'", 'a="<b>"', 'a=|', ''])
      expect((await askAsWritten(`/plugins/edge/who?${query}`, { authorization })).status).toBe(200)
  })
})

describe('answers', () => {
  it.each([204, 304])('with the status %i have headers and no body', async (status) => {
    const answer = await get(`/status/${status}`)
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([status, '"1"', ''])
  })

  it('to HEAD have no body, and the connection goes on', async () => {
    for (let count = 0; count < 3; count += 1) {
      const answer = await get('/status/200', { method: 'HEAD' })
      expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([200, '"1"', ''])
      expect(answer.headers.get('x-request-id')).toBeTruthy()
    }
  })

  it.each([418, 500, 503])('with the status %i are the plugin’s own', async (status) => {
    const answer = await get(`/status/${status}`)
    expect([answer.status, await answer.text()]).toEqual([status, 'text'])
  })

  it('arrive as they are made: events one by one', async () => {
    const answer = await get('/events')
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('data: 1\n\n')
    await get('/next', { method: 'POST' })
    expect((await reader?.read())?.value).toBe('data: 2\n\n')
    await reader?.cancel()
  })

  it('go both ways at once', async () => {
    let send: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        send = controller
      },
    })
    send?.enqueue(new TextEncoder().encode('ping'))
    const answer = await get('/echo', { method: 'POST', body, duplex: 'half' } as RequestInit)
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe('ping')
    send?.enqueue(new TextEncoder().encode('pong'))
    expect((await reader?.read())?.value).toBe('pong')
    send?.close()
    expect((await reader?.read())?.done).toBe(true)
  })
})

describe('a body', () => {
  const count = (body: RequestInit['body'], more = {}) =>
    get('/count', { method: 'POST', body, ...more } as RequestInit)

  it('of a known length arrives with it', async () => {
    expect(await (await count('x'.repeat(100_000))).json()).toEqual({ bytes: 100_000, length: '100000' })
  })

  it('that is larger than the limit is 413', async () => {
    const answer = await count('x'.repeat(100_001))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([413, 'application/problem+json'])
  })

  it('that does not end is 413 once it is larger than the limit, and broken off at the plugin', async () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(16_384)),
    })
    const answer = await count(endless, { duplex: 'half' })
    expect(answer.status).toBe(413)
    await vi.waitFor(async () => expect(await seen()).toContain('broken off'), patience)
  })
})
