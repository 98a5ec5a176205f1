import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApi, type TestApi } from '../test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
})
afterAll(() => api.close())
beforeEach(async () => {
  await api.reset()
  await api.database.executeSql('truncate audit_log')
})

const entries = async (query = '', key?: string) => {
  const answer = await api.call('GET', `/audit-log${query}`, undefined, key === undefined ? {} : { key })
  expect(answer.status).toBe(200)
  return answer.body.entries
}

describe('the audit log', () => {
  it('has who made which change, with the names of the fields but not their values', async () => {
    await api.call('POST', '/devices', { id: 'pump', name: 'The secret pump', type: 'pump' })
    const changed = await api.call(
      'PATCH',
      '/devices/pump',
      { status: 'online' },
      {
        headers: { 'x-request-id': 'request-1' },
      },
    )
    expect(changed.status).toBe(200)
    const found = await entries()
    expect(found).toMatchObject([
      {
        action: 'PATCH /devices/{id}',
        path: '/api/v1/devices/pump',
        fields: ['status'],
        status: 200,
        request_id: 'request-1',
        principal_kind: 'key',
        principal: expect.stringContaining('admin-key'),
        organization_id: 'default',
      },
      { action: 'POST /devices', fields: ['id', 'name', 'type'], status: 201 },
    ])
    expect(JSON.stringify(found)).not.toContain('The secret pump')
  })

  it('tells plugins from people', async () => {
    api.installations.set('oci_plugin', {
      kind: 'installation',
      id: 'installation-1',
      plugin_id: 'relay',
      organization_id: 'default',
      permissions: new Set(['alerts:write']),
      label: 'plugin:relay',
    })
    await api.call('POST', '/alerts', { severity: 'info', title: 'a' }, { key: 'oci_plugin' })
    expect(await entries('?principal_kind=installation')).toMatchObject([
      { principal_id: 'installation-1', principal: 'plugin:relay', action: 'POST /alerts' },
    ])
    expect(await entries('?principal_kind=key')).toEqual([])
  })

  it('leaves out what changed nothing: reads, refused and repeated requests, and readings', async () => {
    const once = { headers: { 'idempotency-key': 'once' } }
    const device = { id: 'd', name: 'd', type: 't' }
    await api.call('POST', '/devices', device, once)
    await api.call('POST', '/devices', device, once)
    await api.call('POST', '/devices', device)
    await api.call('POST', '/devices', { name: 'without a type' })
    await api.call('GET', '/devices')
    await api.call('POST', '/devices/d/metrics', { cpu: 1 })
    await api.call('POST', '/metrics', [{ device_id: 'd', metrics: { cpu: 1 } }])
    expect(await entries()).toHaveLength(1)
  })

  it('is of one organization, filtered and paged', async () => {
    const other = await api.keyWith(['*'], 'elsewhere')
    for (const id of ['a', 'b', 'c']) await api.call('POST', '/devices', { id, name: id, type: 't' })
    await api.call('POST', '/devices', { id: 'theirs', name: 'x', type: 't' }, { key: other })
    await api.call('DELETE', '/devices/a')
    expect(await entries('?page_size=2')).toMatchObject([{ action: 'DELETE /devices/{id}' }, {}])
    expect(await entries('?action=POST /devices')).toHaveLength(3)
    expect(await entries('', other)).toMatchObject([{ organization_id: 'elsewhere' }])
    const since = encodeURIComponent(new Date(Date.now() + 60_000).toISOString())
    expect(await entries(`?since=${since}`)).toEqual([])
  })

  it('needs its permission', async () => {
    const key = await api.keyWith(['devices:*'])
    const answer = await api.call('GET', '/audit-log', undefined, { key })
    expect([answer.status, answer.body.detail]).toEqual([403, expect.stringContaining('audit:read')])
  })
})
