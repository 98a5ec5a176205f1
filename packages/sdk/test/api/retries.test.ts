import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApiClient } from '../../src/api/client.js'
import {
  ApiConnectionError,
  ApiRateLimitError,
  ApiTimeoutError,
  ApiUnavailableError,
} from '../../src/api/errors.js'
import { parseRetryAfter, retryDelay } from '../../src/api/retry-policy.js'
import { ACCESS, fakeServer, json } from './fake-server.js'

const broken = () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
}
const refused = () => {
  throw new TypeError('fetch failed', {
    cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  })
}
const ok = () => json({ id: 'd1' })
const busy = () => json({ detail: 'slow down' }, 429, { 'retry-after': '3' })
const down = () => json({ detail: 'down' }, 503)

/** The outcome, once the fake clock has run through all waiting. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  const settled = promise.catch((error: unknown) => error)
  await vi.runAllTimersAsync()
  return settled
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('repeating', () => {
  it.each([
    ['GET', '/devices'],
    ['PUT', '/devices/d1'],
    ['PATCH', '/devices/d1'],
    ['DELETE', '/devices/d1'],
  ] as const)('sends %s again after a broken connection and a 503', async (method, path) => {
    const server = fakeServer(broken, down, ok)
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    expect(await outcome(api.request(method, path))).toEqual({ id: 'd1' })
    expect(server.arrived).toHaveLength(3)
  })

  it('gives up after the retries with the last error', async () => {
    const server = fakeServer(down)
    const error = await outcome(
      createApiClient({ ...ACCESS, fetch: server.fetch, retries: 1 }).get('/devices'),
    )
    expect(error).toBeInstanceOf(ApiUnavailableError)
    expect(server.arrived).toHaveLength(2)
  })

  it('does not repeat a POST that may have worked', async () => {
    for (const answer of [broken, down]) {
      const server = fakeServer(answer, ok)
      await outcome(createApiClient({ ...ACCESS, fetch: server.fetch }).post('/things', { json: {} }))
      expect(server.arrived).toHaveLength(1)
    }
  })

  it('repeats a POST that certainly did nothing', async () => {
    for (const answer of [refused, busy, () => json({}, 503, { 'retry-after': '1' })]) {
      const server = fakeServer(answer, ok)
      const api = createApiClient({ ...ACCESS, fetch: server.fetch })
      expect(await outcome(api.post('/things', { json: {} }))).toEqual({ id: 'd1' })
    }
  })

  it('repeats a create with the same Idempotency-Key, and takes another one for the next create', async () => {
    const server = fakeServer(broken, ok, ok)
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    await outcome(api.devices.create({ name: 'a', type: 'server' }))
    await outcome(api.devices.create({ name: 'a', type: 'server' }))
    const keys = server.arrived.map(({ headers }) => headers.get('idempotency-key'))
    expect(keys[0]).toMatch(/^[\w-]{16,}$/)
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
    expect(server.arrived[1]?.body).toEqual({ name: 'a', type: 'server' })
  })

  it('does not send readings twice unless an Idempotency-Key makes it safe', async () => {
    const once = fakeServer(broken, ok)
    const error = await outcome(
      createApiClient({ ...ACCESS, fetch: once.fetch }).devices.sendMetrics('d1', { cpu: 1 }),
    )
    expect(error).toBeInstanceOf(ApiConnectionError)
    const twice = fakeServer(broken, ok)
    const api = createApiClient({ ...ACCESS, fetch: twice.fetch })
    expect(await outcome(api.devices.sendMetrics('d1', { cpu: 1 }, { idempotencyKey: 'r1' }))).toEqual({
      id: 'd1',
    })
  })

  it('takes a device that is gone at the second attempt as deleted', async () => {
    const missing = () => json({ detail: 'no such device' }, 404)
    const server = fakeServer(broken, missing)
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    expect(await outcome(api.devices.delete('d1'))).toEqual({ status: 'deleted', id: 'd1' })
    const never = fakeServer(missing)
    const error = await outcome(createApiClient({ ...ACCESS, fetch: never.fetch }).devices.delete('d1'))
    expect(error).toMatchObject({ status: 404 })
  })

  it.each([400, 401, 403, 404, 409, 422, 501])('does not repeat after %i', async (status) => {
    const server = fakeServer(() => json({}, status))
    await outcome(createApiClient({ ...ACCESS, fetch: server.fetch }).get('/devices'))
    expect(server.arrived).toHaveLength(1)
  })

  it('waits as long as Retry-After says', async () => {
    const server = fakeServer(busy, ok)
    const pending = createApiClient({ ...ACCESS, fetch: server.fetch }).get('/devices')
    await vi.advanceTimersByTimeAsync(2_999)
    expect(server.arrived).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await pending).toEqual({ id: 'd1' })
  })

  it('reports at once when the server asks for more patience than a handler has', async () => {
    const server = fakeServer(() => json({ detail: 'later' }, 429, { 'retry-after': '3600' }))
    const error = await outcome(createApiClient({ ...ACCESS, fetch: server.fetch }).get('/devices'))
    expect(error).toBeInstanceOf(ApiRateLimitError)
    expect(error).toMatchObject({ retryAfter: 3_600_000, problem: { detail: 'later' } })
    expect(server.arrived).toHaveLength(1)
  })
})

describe('time limits and signals', () => {
  const hang = () => new Promise<Response>(() => {})

  it('gives up when there is no answer in time', async () => {
    const server = fakeServer(hang)
    const api = createApiClient({ ...ACCESS, fetch: server.fetch, timeout: '2s', retries: 0 })
    const error = await outcome(api.get('/slow'))
    expect(error).toBeInstanceOf(ApiTimeoutError)
    expect(error).toMatchObject({ message: 'GET /slow got no answer from http://ops.test within 2000 ms' })
  })

  it('counts reading the body into the time limit', async () => {
    const endless = () =>
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) }),
        {
          headers: { 'content-type': 'application/json' },
        },
      )
    const api = createApiClient({ ...ACCESS, fetch: fakeServer(endless).fetch, timeout: 100, retries: 0 })
    expect(await outcome(api.get('/slow'))).toBeInstanceOf(ApiTimeoutError)
  })

  it('lets one call have its own limit', async () => {
    const api = createApiClient({ ...ACCESS, fetch: fakeServer(hang).fetch, retries: 0 })
    expect(await outcome(api.get('/slow', { timeout: 5 }))).toMatchObject({
      message: expect.stringContaining('5 ms'),
    })
  })

  it('rejects with the reason of the signal, without repeating', async () => {
    const server = fakeServer(hang)
    const controller = new AbortController()
    const pending = createApiClient({ ...ACCESS, fetch: server.fetch })
      .get('/slow', { signal: controller.signal })
      .catch((error: unknown) => error)
    await vi.waitFor(() => expect(server.arrived).toHaveLength(1))
    const reason = new Error('shutting down')
    controller.abort(reason)
    expect(await pending).toBe(reason)
    expect(server.arrived).toHaveLength(1)
  })

  it('sends nothing when the signal is aborted already, and stops waiting when it aborts later', async () => {
    const server = fakeServer(busy)
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    const reason = new Error('stop')
    await expect(api.get('/x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(server.arrived).toHaveLength(0)
    const controller = new AbortController()
    const pending = api.get('/x', { signal: controller.signal }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(1_000)
    controller.abort(reason)
    expect(await pending).toBe(reason)
    expect(server.arrived).toHaveLength(1)
  })
})

describe('signals', () => {
  it('are let go of after each call', async () => {
    const { signal } = new AbortController()
    const server = fakeServer(down, ok)
    await outcome(createApiClient({ ...ACCESS, fetch: server.fetch }).get('/x', { signal }))
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the policy', () => {
  it('doubles its delay within bounds', () => {
    const error = new ApiConnectionError('api_connection_failed', '', { method: 'GET', path: '/x' })
    expect([1, 2, 3, 9].map((attempt) => retryDelay(error, attempt, true, () => 1))).toEqual([
      250, 500, 1_000, 5_000,
    ])
    expect(retryDelay(error, 1, true, () => 0)).toBe(125)
  })

  it('reads Retry-After as seconds and as a date', () => {
    expect(parseRetryAfter('2')).toBe(2_000)
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 0)).toBe(60_000)
    expect(parseRetryAfter('Thu, 01 Jan 1970 00:00:00 GMT', 5)).toBe(0)
    expect(parseRetryAfter('soon')).toBeUndefined()
    expect(parseRetryAfter(null)).toBeUndefined()
  })
})
