import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApi, type TestApi } from './test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
})
beforeEach(() => api.reset())
afterAll(() => api.close())

const names = () => api.events.map(({ name }) => name)
const raise = (fields: Record<string, unknown> = {}) =>
  api.call('POST', '/alerts', { id: 'a-1', severity: 'warning', title: 'Too hot', ...fields })

describe('raising an alert', () => {
  it('needs a severity and a title, and answers the whole alert', async () => {
    const { status, headers, body } = await api.call('POST', '/alerts', {
      severity: 'critical',
      title: 'Too hot',
    })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/v1/alerts/${body.id}`)
    expect(body).toEqual({
      id: expect.any(String),
      title: 'Too hot',
      message: null,
      severity: 'critical',
      status: 'active',
      device_id: null,
      metadata: {},
      organization_id: 'default',
      created_by: expect.any(String),
      created_at: expect.stringMatching(/Z$/),
      acknowledged_at: null,
      acknowledged_by: null,
      resolved_at: null,
      resolved_by: null,
    })
    expect(api.events).toMatchObject([
      { name: 'alert.created', organization_id: 'default', payload: { alert_id: body.id, alert_data: body } },
    ])
  })

  it('says which plugin raised it', async () => {
    api.installations.set('oci_anomaly', {
      kind: 'installation',
      id: 'i-1',
      organization_id: 'default',
      permissions: new Set(['alerts:write']),
      plugin_id: 'anomaly',
      label: 'anomaly',
    })
    const { body } = await api.call(
      'POST',
      '/alerts',
      { severity: 'info', title: 'x' },
      { key: 'oci_anomaly' },
    )
    expect(body.created_by).toBe('anomaly')
    const denied = await api.call('GET', '/alerts', undefined, { key: 'oci_anomaly' })
    expect([denied.status, denied.body.detail]).toEqual([403, expect.stringMatching(/anomaly.*alerts:read/)])
  })

  it.each([
    { title: 'x' },
    { severity: 'mild', title: 'x' },
    { severity: 'info' },
    { severity: 'info', title: '' },
  ])('answers 422 for %j', async (body) => {
    expect((await api.call('POST', '/alerts', body)).status).toBe(422)
  })

  it('asks the filter before storing', async () => {
    api.filter = async ({ filter, value }) => ({ ...value, severity: 'critical', seen_by: filter })
    expect((await raise()).body).toMatchObject({
      severity: 'critical',
      metadata: { seen_by: 'alert.data.process' },
      created_by: expect.any(String),
      status: 'active',
    })
  })

  it('answers 409 for an id that is taken', async () => {
    await raise()
    expect((await raise()).status).toBe(409)
    expect(names()).toEqual(['alert.created'])
  })
})

describe('dealing with an alert', () => {
  beforeEach(async () => {
    await raise({ device_id: 'pump-7' })
    api.events.length = 0
  })

  it('is acknowledged once, by the first', async () => {
    const first = await api.call('POST', '/alerts/a-1/acknowledge')
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ status: 'acknowledged', acknowledged_by: expect.any(String) })
    const other = await api.keyWith(['alerts:write'])
    const second = await api.call('POST', '/alerts/a-1/acknowledge', undefined, { key: other })
    expect([second.status, second.body]).toEqual([200, first.body])
    expect(names()).toEqual(['alert.acknowledged'])
  })

  it('is resolved once, acknowledged before or not', async () => {
    const first = await api.call('POST', '/alerts/a-1/resolve')
    expect(first.body).toMatchObject({
      status: 'resolved',
      resolved_by: expect.any(String),
      acknowledged_at: null,
    })
    expect((await api.call('POST', '/alerts/a-1/resolve')).body).toEqual(first.body)
    expect(names()).toEqual(['alert.resolved'])
  })

  it('cannot be acknowledged when it is resolved', async () => {
    await api.call('POST', '/alerts/a-1/acknowledge')
    await api.call('POST', '/alerts/a-1/resolve')
    const { status, body } = await api.call('POST', '/alerts/a-1/acknowledge')
    expect(status).toBe(409)
    expect(body.detail).toContain('a-1')
    expect(names()).toEqual(['alert.acknowledged', 'alert.resolved'])
  })

  it('is resolved only once by ten people at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.call('POST', '/alerts/a-1/resolve')),
    )
    expect(new Set(answers.map(({ body }) => body.resolved_at)).size).toBe(1)
    expect(names()).toEqual(['alert.resolved'])
  })

  it('changes the given fields with PATCH', async () => {
    const { body } = await api.call('PATCH', '/alerts/a-1', { message: 'Look at the fan', severity: 'error' })
    expect(body).toMatchObject({
      title: 'Too hot',
      message: 'Look at the fan',
      severity: 'error',
      device_id: 'pump-7',
    })
    expect(api.events).toMatchObject([
      { name: 'alert.updated', payload: { alert_id: 'a-1', alert_data: body } },
    ])
    await api.call('PATCH', '/alerts/a-1', { severity: 'error' })
    expect(names()).toEqual(['alert.updated'])
  })

  it('takes a status with PATCH by the same rules', async () => {
    expect((await api.call('PATCH', '/alerts/a-1', { status: 'resolved' })).body.resolved_at).toEqual(
      expect.any(String),
    )
    expect((await api.call('PATCH', '/alerts/a-1', { status: 'acknowledged' })).status).toBe(409)
    expect((await api.call('PATCH', '/alerts/a-1', { status: 'active' })).body).toMatchObject({
      status: 'active',
      resolved_at: null,
      resolved_by: null,
    })
    expect(names()).toEqual(['alert.resolved', 'alert.updated'])
  })
})

describe('listing alerts', () => {
  it('answers the newest first, filtered', async () => {
    await raise({ id: 'a-1', device_id: 'pump-7' })
    await raise({ id: 'a-2', severity: 'critical' })
    await raise({ id: 'a-3', device_id: 'pump-7', severity: 'critical' })
    await api.call('POST', '/alerts/a-1/resolve')
    const ids = async (query: string): Promise<unknown[]> => {
      const { body } = await api.call('GET', `/alerts${query}`)
      return Array.isArray(body.alerts) ? body.alerts.map(({ id }) => id) : []
    }
    expect((await ids('?severity=critical')).toSorted()).toEqual(['a-2', 'a-3'])
    expect(await ids('?status=resolved')).toEqual(['a-1'])
    expect((await ids('?device_id=pump-7')).toSorted()).toEqual(['a-1', 'a-3'])
    expect(await ids('?device_id=%00')).toEqual([])
    expect((await api.call('GET', '/alerts')).body.pagination).toMatchObject({
      page_size: 100,
      total_count: 3,
    })
    expect((await api.call('GET', '/alerts?severity=mild')).status).toBe(422)
  })
})

describe('access to alerts', () => {
  it('answers 404 for the alert of another organization', async () => {
    await raise()
    const key = await api.keyWith(['*'], 'elsewhere')
    for (const [method, path, json] of [
      ['GET', '/alerts/a-1'],
      ['PATCH', '/alerts/a-1', { title: 'Mine' }],
      ['POST', '/alerts/a-1/acknowledge'],
      ['POST', '/alerts/a-1/resolve'],
    ] as const) {
      expect((await api.call(method, path, json, { key })).status, `${method} ${path}`).toBe(404)
    }
    expect((await api.call('GET', '/alerts', undefined, { key })).body.alerts).toEqual([])
  })

  it('answers 403 without the permission', async () => {
    const key = await api.keyWith(['devices:*', 'alerts:read'])
    expect((await api.call('POST', '/alerts', {}, { key })).status).toBe(403)
    expect((await api.call('POST', '/alerts/a-1/resolve', {}, { key })).status).toBe(403)
    expect((await api.call('GET', '/alerts', undefined, { key })).status).toBe(200)
  })
})
