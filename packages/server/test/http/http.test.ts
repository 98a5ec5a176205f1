import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApi, type TestApi } from '../resources/test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
})
beforeEach(() => api.reset())
afterAll(() => api.close())

const pump = { name: 'Pump 7', type: 'pump' }
const count = async () => (await api.call('GET', '/devices')).body.pagination

describe('keys', () => {
  it.each([
    ['no header', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['an empty key', { authorization: 'Bearer ' }],
    ['an unknown key', { authorization: 'Bearer ock_000000000000_unknown' }],
    ['a plugin token nobody issued', { authorization: 'Bearer oci_x' }],
  ])('answer 401 with a challenge for %s', async (_what, headers) => {
    const {
      status,
      headers: answered,
      body,
    } = await api.call('GET', '/devices', undefined, { key: null, headers })
    expect(status).toBe(401)
    expect(answered.get('www-authenticate')).toMatch(/^Bearer/)
    expect(body).toMatchObject({ status: 401, title: 'Unauthorized', detail: expect.any(String) })
  })

  it('are not needed for health, readiness and documentation', async () => {
    for (const path of ['/health', '/ready', '/openapi.json', '/docs']) {
      expect((await api.app.request(path)).status, path).toBe(200)
    }
  })
})

describe('problems', () => {
  it('have all fields, and the id of the request', async () => {
    const { headers, body } = await api.call('GET', '/devices/ghost', undefined, {
      headers: { 'x-request-id': 'my-request' },
    })
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(headers.get('x-request-id')).toBe('my-request')
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is no device "ghost"',
      instance: '/api/v1/devices/ghost',
      errors: [],
      request_id: 'my-request',
    })
  })

  it('do not take an id that could break a log', async () => {
    const { headers } = await api.call('GET', '/devices', undefined, { headers: { 'x-request-id': 'a b"c' } })
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('answer 404 for a path that is none, and 405 with the methods for one that has others', async () => {
    expect((await api.call('GET', '/nothing')).status).toBe(404)
    const { status, headers } = await api.call('DELETE', '/devices')
    expect(status).toBe(405)
    expect(headers.get('allow')).toBe('GET, POST')
    expect((await api.call('DELETE', '/devices/x/metrics')).headers.get('allow')).toBe('GET, POST')
  })

  it('do not show what went wrong inside, but the log does', async () => {
    api.failPublishing = true
    const { status, body } = await api.call('POST', '/devices', pump)
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('queue')
    expect(api.warnings).toMatchObject([
      { err: { message: 'the queue is gone' }, request_id: body.request_id },
      {},
    ])
  })
})

describe('bodies', () => {
  it.each(['{', '{"a":1}}', 'undefined', "{'a':1}"])('answer 400 for %j, which is not JSON', async (raw) => {
    expect((await api.call('POST', '/devices', undefined, { raw })).status).toBe(400)
  })

  it.each(['', ' ', 'null', 'false', '0', '""', '[]'])(
    'answer 422 for %j, which is no device',
    async (raw) => {
      expect((await api.call('POST', '/devices', undefined, { raw })).status).toBe(422)
    },
  )

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'answer 415 for %s',
    async (type) => {
      const { status } = await api.call('POST', '/devices', pump, { headers: { 'content-type': type } })
      expect(status).toBe(415)
    },
  )

  it('answer 413 when they are too large, with and without a length', async () => {
    const raw = JSON.stringify({ ...pump, metadata: { text: 'x'.repeat(70_000) } })
    expect((await api.call('POST', '/devices', undefined, { raw })).status).toBe(413)
    const length = String(raw.length)
    const told = await api.call('POST', '/devices', undefined, { raw, headers: { 'content-length': length } })
    expect(told.status).toBe(413)
  })

  it('answer 422 when they are nested too deep, however deep', async () => {
    for (const depth of [33, 100, 10_000]) {
      const raw = `{"name":"a","type":"b","metadata":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
      expect((await api.call('POST', '/devices', undefined, { raw })).status, `${depth}`).toBe(422)
    }
    const raw = `{"name":"a","type":"b","metadata":{"text":"${'['.repeat(1000)}\\"{{"}}`
    expect((await api.call('POST', '/devices', undefined, { raw })).status).toBe(201)
  })

  it('cannot reach the prototypes of objects', async () => {
    const raw =
      '{"name":"a","type":"b","__proto__":{"polluted":1},"metadata":{"constructor":{"prototype":{"polluted":1}}}}'
    expect((await api.call('POST', '/devices', undefined, { raw })).status).toBe(201)
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted')
    const inside = '{"name":"a","type":"b","metadata":{"a":{"__proto__":{"polluted":1}}}}'
    const { status, body } = await api.call('POST', '/devices', undefined, { raw: inside })
    expect([status, body.errors]).toEqual([
      422,
      [{ pointer: '/metadata/a/__proto__', detail: expect.any(String) }],
    ])
  })

  it('take the last of a key given twice, as every parser does', async () => {
    const raw = '{"name":"first","type":"b","name":"second"}'
    expect((await api.call('POST', '/devices', undefined, { raw })).body.name).toBe('second')
  })
})

describe('Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'once' }

  it('answers a repeated create with the first answer and creates nothing', async () => {
    const first = await api.call('POST', '/devices', pump, { headers })
    const second = await api.call('POST', '/devices', pump, { headers })
    expect([second.status, second.body]).toEqual([201, first.body])
    expect(second.headers.get('location')).toBe(first.headers.get('location'))
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(await count()).toMatchObject({ total_count: 1 })
    expect(api.events).toHaveLength(1)
  })

  it('creates one when ten ask at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.call('POST', '/devices', pump, { headers })),
    )
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true)
    expect(answers.some(({ status }) => status === 201)).toBe(true)
    expect(await count()).toMatchObject({ total_count: 1 })
  })

  it('refuses the same key for a different request', async () => {
    await api.call('POST', '/devices', pump, { headers })
    expect((await api.call('POST', '/devices', { ...pump, name: 'Other' }, { headers })).status).toBe(422)
    expect((await api.call('POST', '/alerts', pump, { headers })).status).toBe(422)
  })

  it('lets a request that failed be repeated', async () => {
    api.failPublishing = true
    expect((await api.call('POST', '/devices', pump, { headers })).status).toBe(500)
    api.failPublishing = false
    expect((await api.call('POST', '/devices', pump, { headers })).status).toBe(201)
    const bad = { headers: { 'idempotency-key': 'bad' } }
    expect((await api.call('POST', '/devices', {}, bad)).status).toBe(422)
    expect((await api.call('POST', '/devices', pump, bad)).status).toBe(201)
  })

  it('belongs to the key that sent it', async () => {
    await api.call('POST', '/devices', pump, { headers })
    const key = await api.keyWith(['devices:*'])
    const { status, headers: answered } = await api.call('POST', '/devices', pump, { headers, key })
    expect([status, answered.get('idempotent-replayed')]).toEqual([201, null])
  })

  it('is forgotten after a day, and taken over from a server that died', async () => {
    const first = await api.call('POST', '/devices', pump, { headers })
    await api.database.executeSql(`update idempotency_keys set created_at = now() - interval '25 hours'`)
    const second = await api.call('POST', '/devices', pump, { headers })
    expect(second.body.id).not.toBe(first.body.id)

    await api.database.executeSql(`update idempotency_keys set status = null`)
    const running = await api.call('POST', '/devices', pump, { headers })
    expect([running.status, running.headers.get('retry-after')]).toEqual([409, '1'])
    await api.database.executeSql(`update idempotency_keys set created_at = now() - interval '2 minutes'`)
    expect((await api.call('POST', '/devices', pump, { headers })).status).toBe(201)
  })
})

describe('the description of the API', () => {
  it('lists every route with its permission and errors', async () => {
    const document: unknown = await (await api.app.request('/openapi.json')).json()
    expect(document).toMatchObject({
      openapi: '3.1.0',
      paths: {
        '/api/v1/devices/{id}': {
          patch: {
            security: [{ api_key: [] }],
            responses: { 200: {}, 401: {}, 403: {}, 404: {}, 422: {} },
          },
        },
      },
      components: {
        schemas: { Device: { type: 'object' }, Alert: { type: 'object' }, Problem: { type: 'object' } },
        securitySchemes: { api_key: { type: 'http', scheme: 'bearer' } },
      },
    })
  })

  it('is readable without a network', async () => {
    const page = await (await api.app.request('/docs')).text()
    expect(page).toContain('/api/v1/devices')
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//)
  })
})

describe('a query that is not valid', () => {
  it('is answered with the name of the parameter', async () => {
    const { status, body } = await api.call('GET', '/devices?page_size=0')
    expect([status, body.errors]).toEqual([422, [{ pointer: '/page_size', detail: expect.any(String) }]])
    expect(body.detail).toMatch(/^Invalid query parameter page_size: /)
  })
})
