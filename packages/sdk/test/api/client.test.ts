import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApiClient } from '../../src/api/client.js'
import {
  ApiClosedError,
  ApiConfigurationError,
  ApiConflictError,
  ApiError,
  ApiForbiddenError,
  ApiNotFoundError,
  ApiRateLimitError,
  ApiRequestError,
  ApiResponseError,
  ApiServerError,
  ApiUnauthorizedError,
  ApiUnavailableError,
  ApiValidationError,
} from '../../src/api/errors.js'
import { ACCESS, fakeServer, json } from './fake-server.js'

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof ApiError) return error
  throw new Error(`expected an ApiError, got ${String(error)}`)
}

afterEach(() => {
  vi.useRealTimers()
})

describe('what is sent', () => {
  it('carries the key, the query and a JSON body below /api/v1', async () => {
    const server = fakeServer(() => json({ ok: true }))
    const api = createApiClient({
      ...ACCESS,
      fetch: server.fetch,
      headers: () => ({ 'X-Ops-Caused-By': 'ev-1' }),
    })
    await api.request('POST', '/things', {
      query: { a: 1, b: true, list: ['x', 'y'], at: new Date(0), none: undefined, nothing: null },
      json: { name: 'ü' },
      headers: { 'X-Mine': '1' },
    })
    const [request] = server.arrived
    expect(request?.method).toBe('POST')
    expect(request?.url.pathname).toBe('/api/v1/things')
    expect(request?.url.search).toBe('?a=1&b=true&list=x&list=y&at=1970-01-01T00%3A00%3A00.000Z')
    expect(request?.body).toEqual({ name: 'ü' })
    expect(request?.headers.get('authorization')).toBe('Bearer key-1')
    expect(request?.headers.get('content-type')).toBe('application/json')
    expect(request?.headers.get('x-ops-caused-by')).toBe('ev-1')
    expect(request?.headers.get('x-mine')).toBe('1')
  })

  it.each(['http://ops.test/', 'http://ops.test/api/v1', ' http://ops.test/api/v1/ '])(
    'takes %j as the same address',
    async (url) => {
      const server = fakeServer(() => json({}))
      await createApiClient({ url, apiKey: 'k', fetch: server.fetch }).get('/devices')
      expect(server.arrived[0]?.url.href).toBe('http://ops.test/api/v1/devices')
    },
  )

  it('keeps the path of a server below a prefix', async () => {
    const server = fakeServer(() => json({}))
    await createApiClient({ url: 'http://proxy.test/ops', apiKey: 'k', fetch: server.fetch }).get('/devices')
    expect(server.arrived[0]?.url.pathname).toBe('/ops/api/v1/devices')
  })

  it('asks for address, key and headers at each call', async () => {
    const server = fakeServer(() => json({}))
    let round = 0
    const api = createApiClient({
      url: () => `http://ops-${++round}.test`,
      apiKey: () => `key-${round}`,
      headers: () => ({ round: String(round) }),
      fetch: server.fetch,
    })
    await api.get('/devices')
    await api.get('/devices')
    expect(
      server.arrived.map(({ url, headers }) => [
        url.host,
        headers.get('authorization'),
        headers.get('round'),
      ]),
    ).toEqual([
      ['ops-1.test', 'Bearer key-1', '1'],
      ['ops-2.test', 'Bearer key-2', '2'],
    ])
  })

  it('works with the fetch of a Hono app', async () => {
    const app = new Hono().get('/api/v1/devices/:id', (c) => c.json({ id: c.req.param('id') }))
    const api = createApiClient({ ...ACCESS, fetch: app.fetch })
    expect(await api.devices.get('d/1')).toEqual({ id: 'd/1' })
  })

  it('tells onRequest about each attempt', async () => {
    const onRequest = vi.fn()
    const server = fakeServer(() => json([]))
    await createApiClient({ ...ACCESS, fetch: server.fetch, onRequest }).get('/devices?a=1', {
      query: { b: ['2', '3'] },
    })
    expect(onRequest.mock.calls).toEqual([
      [{ method: 'GET', path: '/devices', query: { a: '1', b: ['2', '3'] }, json: undefined, attempt: 1 }],
    ])
  })
})

describe('what is refused before anything is sent', () => {
  it.each([
    [{ url: '', apiKey: 'k' }, 'api_url_missing', /OPS_CENTER_API_URL/],
    [{ url: 'localhost:8000', apiKey: 'k' }, 'api_url_invalid', /http:/],
    [{ url: 'nonsense', apiKey: 'k' }, 'api_url_invalid', /"nonsense"/],
    [{ url: 'http://ops.test', apiKey: '' }, 'api_key_missing', /OPS_CENTER_API_KEY/],
    [{ url: 'http://ops.test' }, 'api_key_missing', /OPS_CENTER_API_KEY/],
    [{ url: 'http://ops.test', apiKey: 'two words' }, 'api_key_invalid', /OPS_CENTER_API_KEY/],
  ])('says clearly what is wrong with %j', async (access, code, message) => {
    const server = fakeServer(() => json({}))
    const error = await failure(createApiClient({ ...access, fetch: server.fetch }).get('/devices'))
    expect(error).toBeInstanceOf(ApiConfigurationError)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(server.arrived).toEqual([])
  })

  it('never shows the password or the key', async () => {
    const withPassword = createApiClient({ url: 'http://me:hunter2@ops.test', apiKey: 'k' })
    expect((await failure(withPassword.get('/devices'))).message).not.toContain('hunter2')
    const withKey = createApiClient({ url: 'http://ops.test', apiKey: 'sécret' })
    expect((await failure(withKey.get('/devices'))).message).not.toContain('sécret')
  })

  it('does not read users through a device id', async () => {
    const server = fakeServer(() => json({}))
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    await expect(api.devices.get('../users/u1')).rejects.toBeInstanceOf(ApiRequestError)
    await expect(api.devices.get('')).rejects.toBeInstanceOf(ApiRequestError)
    expect(server.arrived).toEqual([])
    await api.devices.get('a?x=1')
    expect(server.arrived[0]?.url.href).toBe('http://ops.test/api/v1/devices/a%3Fx%3D1')
  })

  it('refuses a body that is not JSON and a header that cannot be', async () => {
    const server = fakeServer(() => json({}))
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    const circular: { self?: unknown } = {}
    circular.self = circular
    expect((await failure(api.post('/devices', { json: circular }))).code).toBe('api_body_invalid')
    expect((await failure(api.post('/devices', { json: 10n }))).code).toBe('api_body_invalid')
    expect((await failure(api.get('/devices', { json: {} }))).code).toBe('api_body_invalid')
    expect((await failure(api.get('/devices', { headers: { a: 'b\nc' } }))).code).toBe('api_header_invalid')
    expect(server.arrived).toEqual([])
  })

  it('refuses retries and time limits that make no sense', () => {
    expect(() => createApiClient({ retries: -1 })).toThrow(/retries is -1/)
    expect(() => createApiClient({ timeout: 'soon' })).toThrow(/"soon"/)
  })
})

describe('what is answered', () => {
  it.each<[string, Response, unknown]>([
    ['an object', json({ a: 1 }), { a: 1 }],
    ['a bare array', json([1, 2]), [1, 2]],
    ['null', json(null), null],
    ['an empty 200', new Response(''), undefined],
    ['a 204', new Response(null, { status: 204 }), undefined],
    ['a text', new Response('pong', { headers: { 'content-type': 'text/plain' } }), 'pong'],
    [
      'JSON with a type of its own',
      json([], 200, { 'content-type': 'application/vnd.ops+json; charset=utf-8' }),
      [],
    ],
    [
      'bytes',
      new Response(new Uint8Array([1, 2]), { headers: { 'content-type': 'application/gzip' } }),
      new Uint8Array([1, 2]),
    ],
  ])('reads %s', async (_name, answer, expected) => {
    const server = fakeServer(() => answer)
    expect(await createApiClient({ ...ACCESS, fetch: server.fetch }).get('/x')).toEqual(expected)
  })

  it('says so when JSON is broken', async () => {
    const server = fakeServer(
      () => new Response('{"a":', { headers: { 'content-type': 'application/json' } }),
    )
    const error = await failure(createApiClient({ ...ACCESS, fetch: server.fetch }).get('/x'))
    expect(error).toBeInstanceOf(ApiResponseError)
    expect(error.message).toMatch(/broken JSON/)
  })

  it.each<[number, new (...args: never[]) => ApiError, string]>([
    [400, ApiError, 'api_bad_request'],
    [401, ApiUnauthorizedError, 'api_unauthorized'],
    [403, ApiForbiddenError, 'api_forbidden'],
    [404, ApiNotFoundError, 'api_not_found'],
    [409, ApiConflictError, 'api_conflict'],
    [413, ApiError, 'api_too_large'],
    [418, ApiError, 'api_failed'],
    [422, ApiValidationError, 'api_validation_failed'],
    [429, ApiRateLimitError, 'api_rate_limited'],
    [500, ApiServerError, 'api_server_failed'],
    [503, ApiUnavailableError, 'api_unavailable'],
  ])('turns %i into its own error and keeps the problem', async (status, type, code) => {
    const problem = {
      title: 'Bad',
      status,
      detail: 'what happened',
      errors: [{ pointer: '/name', detail: 'is required' }],
      request_id: 'req-7',
      extra: 1,
    }
    const server = fakeServer(() =>
      json(problem, status, { 'content-type': 'application/problem+json', 'retry-after': '120' }),
    )
    const api = createApiClient({ ...ACCESS, fetch: server.fetch, retries: 0 })
    const error = await failure(api.devices.get('d1'))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({
      code,
      status,
      problem,
      method: 'GET',
      path: '/devices/d1',
      requestId: 'req-7',
      retryAfter: 120_000,
    })
    expect(error.message).toMatch(/^GET \/devices\/d1 answered \d+: what happened \(\/name is required\)/)
  })

  it('keeps a body that is no problem document', async () => {
    const server = fakeServer(
      () => new Response('<h1>Bad Gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
    )
    const error = await failure(createApiClient({ ...ACCESS, fetch: server.fetch, retries: 0 }).get('/x'))
    expect(error).toMatchObject({ status: 502, body: '<h1>Bad Gateway</h1>', problem: undefined })
    const list = fakeServer(() => json(['no'], 400))
    expect(await failure(createApiClient({ ...ACCESS, fetch: list.fetch }).get('/x'))).toMatchObject({
      body: ['no'],
    })
  })
})

describe('close', () => {
  it('ends the calls under way, and the client works again afterwards', async () => {
    const server = fakeServer(
      () => new Promise(() => {}),
      () => json({ ok: true }),
    )
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    const pending = failure(api.get('/slow'))
    await vi.waitFor(() => expect(server.arrived).toHaveLength(1))
    await api.close()
    expect(await pending).toBeInstanceOf(ApiClosedError)
    expect(await api.get('/again')).toEqual({ ok: true })
  })

  it('ends a call that waits for its repetition', async () => {
    const server = fakeServer(() => json({}, 503, { 'retry-after': '20' }))
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    const pending = failure(api.get('/busy'))
    await vi.waitFor(() => expect(server.arrived).toHaveLength(1))
    // One turn of the event loop, so that the client has read the answer and waits.
    await new Promise(setImmediate)
    await api.close()
    expect(await pending).toBeInstanceOf(ApiClosedError)
  })
})
