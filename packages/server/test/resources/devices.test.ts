import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApi, type TestApi } from './test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
})
beforeEach(() => api.reset())
afterAll(() => api.close())

const pump = { id: 'pump-7', name: 'Pump 7', type: 'pump' }
const names = () => api.events.map(({ name }) => name)

describe('creating a device', () => {
  it('answers 201 with the whole device and where it is', async () => {
    const { status, headers, body } = await api.call('POST', '/devices', { name: 'Pump', type: 'pump' })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/v1/devices/${body.id}`)
    expect(body).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9._-]{1,128}$/),
      name: 'Pump',
      type: 'pump',
      status: 'pending',
      ip_address: null,
      metadata: {},
      configuration: {},
      organization_id: 'default',
      last_seen: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: body.created_at,
    })
    expect((await api.call('GET', `/devices/${body.id}`)).body).toEqual(body)
  })

  it('keeps the id that is given, and refuses it a second time', async () => {
    expect((await api.call('POST', '/devices', pump)).body.id).toBe('pump-7')
    const again = await api.call('POST', '/devices', pump)
    expect(again.status).toBe(409)
    expect(again.body.detail).toContain('pump-7')
    expect(names()).toEqual(['device.created'])
  })

  it('announces the device in an event', async () => {
    const { body } = await api.call('POST', '/devices', pump)
    expect(api.events).toEqual([
      {
        organization_id: 'default',
        name: 'device.created',
        payload: { device_id: 'pump-7', device_data: body },
        caused_by: undefined,
      },
    ])
  })

  it('keeps nothing when the event cannot be published', async () => {
    api.failPublishing = true
    expect((await api.call('POST', '/devices', pump)).status).toBe(500)
    api.failPublishing = false
    expect((await api.call('GET', '/devices/pump-7')).status).toBe(404)
  })

  it.each([
    ['/name', { type: 'pump' }],
    ['/name', { name: ' ', type: 'pump' }],
    ['/name', { name: 'a\0b', type: 'pump' }],
    ['/name', { name: 'a\ud800b', type: 'pump' }],
    ['/type', { name: 'a', type: 7 }],
    ['/status', { name: 'a', type: 'b', status: 'sleeping' }],
    ['/ip_address', { name: 'a', type: 'b', ip_address: '300.1.1.1' }],
    ['/id', { name: 'a', type: 'b', id: '../x' }],
    ['/id', { name: 'a', type: 'b', id: '..' }],
    ['/metadata', { name: 'a', type: 'b', metadata: [] }],
    ['/metadata/deep/0', { name: 'a', type: 'b', metadata: { deep: ['\0'] } }],
  ])('answers 422 pointing at %s for %j', async (pointer, body) => {
    const answer = await api.call('POST', '/devices', body)
    expect(answer.status).toBe(422)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body.errors).toContainEqual({ pointer, detail: expect.any(String) })
    expect(answer.body.detail).toEqual(expect.any(String))
  })

  it('keeps metadata exactly as it was sent', async () => {
    const metadata = {
      z: 1,
      a: { list: [1, 'two', null, true, 1.5e-7] },
      '': 'empty key',
      ключ: '🔧',
      constructor: 'x',
    }
    await api.call('POST', '/devices', { ...pump, metadata })
    expect((await api.call('GET', '/devices/pump-7')).body.metadata).toEqual(metadata)
  })
})

describe('changing a device', () => {
  beforeEach(async () => {
    await api.call('POST', '/devices', { ...pump, metadata: { a: 1 } })
    api.events.length = 0
  })

  it.each(['PUT', 'PATCH'])('merges the given fields with %s and says what changed', async (method) => {
    const { status, body } = await api.call(method, '/devices/pump-7', { name: 'Pump seven', type: 'pump' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: 'pump-7', name: 'Pump seven', type: 'pump', metadata: { a: 1 } })
    expect(api.events).toMatchObject([
      {
        name: 'device.updated',
        payload: { device_id: 'pump-7', device_data: body, changes: { name: 'Pump seven' } },
      },
    ])
  })

  it('tells about a new status in an event of its own', async () => {
    await api.call('PATCH', '/devices/pump-7', { status: 'maintenance' })
    expect(names()).toEqual(['device.updated', 'device.status_changed'])
    expect(api.events[1]?.payload).toEqual({
      device_id: 'pump-7',
      old_status: 'pending',
      new_status: 'maintenance',
    })
  })

  it('writes and announces nothing when nothing differs', async () => {
    const before = await api.call('GET', '/devices/pump-7')
    const same = await api.call('PUT', '/devices/pump-7', before.body)
    expect(same.body).toEqual(before.body)
    expect(api.events).toEqual([])
  })

  it('replaces metadata as a whole, so that keys can be removed', async () => {
    expect((await api.call('PATCH', '/devices/pump-7', { metadata: { b: 2 } })).body.metadata).toEqual({
      b: 2,
    })
  })

  it('lets two changes of different fields at the same time both count', async () => {
    await Promise.all([
      api.call('PATCH', '/devices/pump-7', { name: 'New name' }),
      api.call('PATCH', '/devices/pump-7', { type: 'turbine' }),
    ])
    expect((await api.call('GET', '/devices/pump-7')).body).toMatchObject({
      name: 'New name',
      type: 'turbine',
    })
  })

  it('deletes the device with its readings and announces what it was', async () => {
    await api.call('POST', '/devices/pump-7/metrics', { cpu: 1 })
    api.events.length = 0
    const { status, body } = await api.call('DELETE', '/devices/pump-7')
    expect([status, body]).toEqual([200, { status: 'deleted', id: 'pump-7' }])
    expect(api.events).toMatchObject([
      { name: 'device.deleted', payload: { device_id: 'pump-7', device_data: { name: 'Pump 7' } } },
    ])
    expect((await api.call('GET', '/devices/pump-7')).status).toBe(404)
    expect((await api.call('DELETE', '/devices/pump-7')).status).toBe(404)
    const { rows } = await api.database.executeSql('select * from device_metrics')
    expect(rows).toEqual([])
  })
})

describe('listing devices', () => {
  beforeEach(async () => {
    for (let index = 1; index <= 5; index++) {
      const type = index % 2 ? 'pump' : 'fan'
      await api.call('POST', '/devices', {
        id: `d-${index}`,
        name: `100% ${index}`,
        type,
        ip_address: `10.0.0.${index}`,
      })
    }
    await api.call('PATCH', '/devices/d-3', { status: 'online' })
  })

  const ids = async (query: string) => {
    const { status, body } = await api.call('GET', `/devices${query}`)
    expect(status).toBe(200)
    return Array.isArray(body.devices) ? body.devices.map(({ id }) => id) : body
  }

  it('pages in the order of creation', async () => {
    const { body } = await api.call('GET', '/devices?page=2&page_size=2')
    expect(body.devices).toMatchObject([{ id: 'd-3' }, { id: 'd-4' }])
    expect(body.pagination).toEqual({ page: 2, page_size: 2, total_count: 5, total_pages: 3 })
  })

  it('answers a page after the last one with no devices and the true total', async () => {
    const { body } = await api.call('GET', '/devices?page=9')
    expect(body).toEqual({
      devices: [],
      pagination: { page: 9, page_size: 20, total_count: 5, total_pages: 1 },
    })
  })

  it('filters by status, type and search, and sorts', async () => {
    expect(await ids('?status=online')).toEqual(['d-3'])
    expect(await ids('?type=fan')).toEqual(['d-2', 'd-4'])
    expect(await ids('?search=10.0.0.4')).toEqual(['d-4'])
    expect(await ids('?search=D-1')).toEqual(['d-1'])
    expect(await ids('?sort=-name&page_size=2')).toEqual(['d-5', 'd-4'])
    expect(await ids('?type=pump&status=pending&sort=name')).toEqual(['d-1', 'd-5'])
  })

  it('takes % and _ in a search as they are', async () => {
    expect(await ids('?search=%25%201')).toEqual(['d-1'])
    expect(await ids('?search=_')).toEqual([])
    expect(await ids('?search=%00')).toEqual([])
  })

  it.each([
    'page=0',
    'page=-1',
    'page=x',
    'page_size=1001',
    'page_size=0',
    'page=',
    'status=sleeping',
    'sort=secret',
  ])('answers 422 for ?%s', async (query) => {
    expect((await api.call('GET', `/devices?${query}`)).status).toBe(422)
  })
})

describe('access to devices', () => {
  beforeEach(() => api.call('POST', '/devices', pump))

  it('answers 404 for the device of another organization, whatever is asked', async () => {
    const key = await api.keyWith(['*'], 'elsewhere')
    const asked = [
      ['GET', '/devices/pump-7'],
      ['GET', '/devices/pump-7/status'],
      ['GET', '/devices/pump-7/metrics'],
      ['POST', '/devices/pump-7/metrics', { cpu: 1 }],
      ['POST', '/metrics', [{ device_id: 'pump-7', metrics: { cpu: 1 } }]],
      ['PATCH', '/devices/pump-7', { name: 'Mine' }],
      ['PUT', '/devices/pump-7', { name: 'Mine' }],
      ['DELETE', '/devices/pump-7'],
    ] as const
    for (const [method, path, json] of asked) {
      expect((await api.call(method, path, json, { key })).status, `${method} ${path}`).toBe(404)
    }
    expect((await api.call('GET', '/devices', undefined, { key })).body.devices).toEqual([])
    expect((await api.call('GET', '/devices/pump-7')).body.name).toBe('Pump 7')
  })

  it('lets another organization use the same id for a device of its own', async () => {
    const key = await api.keyWith(['*'], 'elsewhere')
    const { status, body } = await api.call('POST', '/devices', { ...pump, name: 'Theirs' }, { key })
    expect([status, body.organization_id]).toEqual([201, 'elsewhere'])
    expect((await api.call('GET', '/devices/pump-7')).body.name).toBe('Pump 7')
  })

  it('answers 403 naming the permission that is missing', async () => {
    const key = await api.keyWith(['devices:read', 'alerts:*'])
    expect((await api.call('GET', '/devices', undefined, { key })).status).toBe(200)
    for (const [method, path] of [
      ['POST', '/devices'],
      ['PATCH', '/devices/pump-7'],
      ['DELETE', '/devices/pump-7'],
      ['POST', '/devices/pump-7/metrics'],
      ['POST', '/metrics'],
    ] as const) {
      const { status, body } = await api.call(method, path, {}, { key })
      expect(status, `${method} ${path}`).toBe(403)
      expect(body.detail).toContain('devices:write')
    }
  })

  it.each(['a%00b', '%E0%A4%A', '..%2Fusers', 'a%20b', 'x'.repeat(200)])(
    'answers 404 for the id %s',
    async (id) => {
      expect((await api.call('GET', `/devices/${id}`)).status).toBe(404)
    },
  )
})
