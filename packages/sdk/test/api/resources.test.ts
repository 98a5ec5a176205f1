import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type { Alert } from '../../src/api/alerts.js'
import { type ApiClient, createApiClient } from '../../src/api/client.js'
import type { Device } from '../../src/api/devices.js'
import type { Organization } from '../../src/api/organizations.js'
import type { User } from '../../src/api/users.js'
import type { Webhook } from '../../src/api/webhooks.js'
import type {
  alertSchema,
  deviceSchema,
  organizationSchema,
  userSchema,
  webhookSchema,
} from '../../src/resource-schemas.js'
import { ACCESS, fakeServer, json } from './fake-server.js'

type Case = [name: string, call: (api: ApiClient) => Promise<unknown>, sent: string, body?: unknown]

const CASES: Case[] = [
  [
    'devices.list',
    (api) => api.devices.list({ page: 2, page_size: 5, status: 'online', type: 'server', search: 'a b' }),
    'GET /devices?page=2&page_size=5&status=online&type=server&search=a+b',
  ],
  ['devices.get', (api) => api.devices.get('d1'), 'GET /devices/d1'],
  [
    'devices.create',
    (api) => api.devices.create({ name: 'n', type: 't' }),
    'POST /devices',
    { name: 'n', type: 't' },
  ],
  ['devices.update', (api) => api.devices.update('d1', { name: 'm' }), 'PATCH /devices/d1', { name: 'm' }],
  ['devices.delete', (api) => api.devices.delete('d1'), 'DELETE /devices/d1'],
  ['devices.getStatus', (api) => api.devices.getStatus('d1'), 'GET /devices/d1/status'],
  [
    'devices.getMetrics',
    (api) => api.devices.getMetrics('d1', { page_size: 3 }),
    'GET /devices/d1/metrics?page_size=3',
  ],
  [
    'devices.sendMetrics',
    (api) => api.devices.sendMetrics('d1', { cpu: 1 }),
    'POST /devices/d1/metrics',
    { metrics: { cpu: 1 } },
  ],
  [
    'devices.sendMetrics at a time',
    (api) => api.devices.sendMetrics('d1', { metrics: 2 }, { timestamp: new Date(0) }),
    'POST /devices/d1/metrics',
    { metrics: { metrics: 2 }, timestamp: '1970-01-01T00:00:00.000Z' },
  ],
  ['users.list', (api) => api.users.list(), 'GET /users'],
  ['users.get', (api) => api.users.get('u1'), 'GET /users/u1'],
  ['users.create', (api) => api.users.create({ email: 'a@b.c' }), 'POST /users', { email: 'a@b.c' }],
  [
    'users.update',
    (api) => api.users.update('u1', { role: 'viewer' }),
    'PATCH /users/u1',
    { role: 'viewer' },
  ],
  ['users.delete', (api) => api.users.delete('u1'), 'DELETE /users/u1'],
  ['users.me', (api) => api.users.me(), 'GET /users/me'],
  ['organizations.list', (api) => api.organizations.list({ page: 1 }), 'GET /organizations?page=1'],
  ['organizations.get', (api) => api.organizations.get('o1'), 'GET /organizations/o1'],
  ['orgs.create', (api) => api.orgs.create({ name: 'n' }), 'POST /organizations', { name: 'n' }],
  ['webhooks.list', (api) => api.webhooks.list(), 'GET /webhooks'],
  ['webhooks.get', (api) => api.webhooks.get('w1'), 'GET /webhooks/w1'],
  [
    'webhooks.create',
    (api) => api.webhooks.create({ url: 'http://x.test', events: ['*'] }),
    'POST /webhooks',
    { url: 'http://x.test', events: ['*'] },
  ],
  [
    'webhooks.update',
    (api) => api.webhooks.update('w1', { events: [] }),
    'PATCH /webhooks/w1',
    { events: [] },
  ],
  ['webhooks.delete', (api) => api.webhooks.delete('w1'), 'DELETE /webhooks/w1'],
  [
    'webhooks.deliveries',
    (api) => api.webhooks.deliveries('w1', { status: 'failed' }),
    'GET /webhooks/w1/deliveries?status=failed',
  ],
  ['webhooks.test', (api) => api.webhooks.test('w1'), 'POST /webhooks/w1/test'],
  [
    'alerts.list',
    (api) => api.alerts.list({ severity: 'error', status: 'active', device_id: 'd1' }),
    'GET /alerts?severity=error&status=active&device_id=d1',
  ],
  ['alerts.get', (api) => api.alerts.get('a1'), 'GET /alerts/a1'],
  [
    'alerts.create',
    (api) => api.alerts.create({ severity: 'info', title: 't' }),
    'POST /alerts',
    { severity: 'info', title: 't' },
  ],
  ['alerts.update', (api) => api.alerts.update('a1', { title: 'u' }), 'PATCH /alerts/a1', { title: 'u' }],
  ['alerts.acknowledge', (api) => api.alerts.acknowledge('a1'), 'POST /alerts/a1/acknowledge'],
  ['alerts.resolve', (api) => api.alerts.resolve('a1'), 'POST /alerts/a1/resolve'],
  ['put', (api) => api.put('/devices/d1', { json: { a: 1 } }), 'PUT /devices/d1', { a: 1 }],
  ['patch', (api) => api.patch('/devices/d1', { json: {} }), 'PATCH /devices/d1', {}],
  ['delete', (api) => api.delete('/api-keys/k1'), 'DELETE /api-keys/k1'],
]

describe('resources', () => {
  it.each(CASES)('%s sends what the platform expects', async (_name, call, sent, body) => {
    const server = fakeServer(() => json({ answer: true }))
    expect(await call(createApiClient({ ...ACCESS, fetch: server.fetch }))).toEqual({ answer: true })
    const [request] = server.arrived
    expect(`${request?.method} ${request?.url.href.slice('http://ops.test/api/v1'.length)}`).toBe(sent)
    expect(request?.body).toEqual(body)
  })

  it('have the types that events and the platform use', () => {
    expectTypeOf<Device>().toEqualTypeOf<z.infer<typeof deviceSchema>>()
    expectTypeOf<Alert>().toEqualTypeOf<z.infer<typeof alertSchema>>()
    expectTypeOf<User>().toEqualTypeOf<z.infer<typeof userSchema>>()
    expectTypeOf<Organization>().toEqualTypeOf<z.infer<typeof organizationSchema>>()
    expectTypeOf<Webhook>().toExtend<z.infer<typeof webhookSchema>>()
  })

  it('refuses a bad id with a rejection, never a synchronous throw', async () => {
    const api = createApiClient(ACCESS)
    for (const call of [
      api.devices.get,
      api.users.get,
      api.organizations.get,
      api.webhooks.test,
      api.alerts.resolve,
    ]) {
      await expect(call('..')).rejects.toMatchObject({ code: 'api_path_invalid' })
    }
  })

  it('knows organizations by both names', () => {
    const api = createApiClient(ACCESS)
    expect(api.orgs).toBe(api.organizations)
  })

  it('takes an empty answer to a delete for what it means', async () => {
    const server = fakeServer(() => new Response(null, { status: 204 }))
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    expect(await api.users.delete('u1')).toEqual({ status: 'deleted', id: 'u1' })
  })
})

describe('iterate', () => {
  /** A list of `total` items `{id: 'i1'}` ... under the last word of the path. */
  function listServer(total: number) {
    return fakeServer(({ url }) => {
      const key = url.pathname.split('/').at(-1) ?? ''
      const page = Number(url.searchParams.get('page'))
      const size = Number(url.searchParams.get('page_size'))
      const ids = Array.from({ length: total }, (_, index) => ({ id: `i${index + 1}` }))
      return json({
        [key]: ids.slice((page - 1) * size, page * size),
        pagination: { page, page_size: size, total_count: total, total_pages: Math.ceil(total / size) },
      })
    })
  }
  async function ids(items: AsyncIterable<object>): Promise<unknown[]> {
    const found: unknown[] = []
    for await (const item of items) found.push('id' in item ? item.id : undefined)
    return found
  }

  it.each<[string, (api: ApiClient) => AsyncIterable<object>]>([
    ['devices', (api) => api.devices.iterate({ page_size: 2 })],
    ['metrics', (api) => api.devices.iterateMetrics('d1', { page_size: 2 })],
    ['users', (api) => api.users.iterate({ page_size: 2 })],
    ['organizations', (api) => api.organizations.iterate({ page_size: 2 })],
    ['webhooks', (api) => api.webhooks.iterate({ page_size: 2 })],
    ['deliveries', (api) => api.webhooks.iterateDeliveries('w1', { page_size: 2 })],
    ['alerts', (api) => api.alerts.iterate({ page_size: 2 })],
  ])('yields all %s over all pages', async (_name, items) => {
    const server = listServer(5)
    expect(await ids(items(createApiClient({ ...ACCESS, fetch: server.fetch })))).toEqual([
      'i1',
      'i2',
      'i3',
      'i4',
      'i5',
    ])
    expect(server.arrived).toHaveLength(3)
  })

  it('passes the filters with every page and begins at the page asked for', async () => {
    const server = listServer(5)
    const api = createApiClient({ ...ACCESS, fetch: server.fetch })
    expect(await ids(api.devices.iterate({ page: 2, page_size: 2, status: 'error' }))).toEqual([
      'i3',
      'i4',
      'i5',
    ])
    expect(server.arrived.map(({ url }) => url.searchParams.get('status'))).toEqual(['error', 'error'])
  })

  it('asks for no page that is not reached', async () => {
    const server = listServer(50)
    for await (const _device of createApiClient({ ...ACCESS, fetch: server.fetch }).devices.iterate({
      page_size: 10,
    }))
      break
    expect(server.arrived).toHaveLength(1)
  })

  it('ends on an empty list, a bare array and a list without pagination', async () => {
    expect(await ids(createApiClient({ ...ACCESS, fetch: listServer(0).fetch }).devices.iterate())).toEqual(
      [],
    )
    const bare = fakeServer(() => json([{ id: 'a' }]))
    expect(await ids(createApiClient({ ...ACCESS, fetch: bare.fetch }).alerts.iterate())).toEqual(['a'])
    const plain = fakeServer(() => json({ alerts: [{ id: 'b' }] }))
    expect(await ids(createApiClient({ ...ACCESS, fetch: plain.fetch }).alerts.iterate())).toEqual(['b'])
  })
})
