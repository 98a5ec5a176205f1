import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApi, type TestApi } from './test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
})
beforeEach(() => api.reset())
afterAll(() => api.close())

const names = () => api.events.map(({ name }) => name)

describe('users', () => {
  it('need an email address only, and are announced', async () => {
    const { status, body } = await api.call('POST', '/users', { email: 'ada@example.com' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.any(String),
      email: 'ada@example.com',
      name: null,
      role: 'viewer',
      status: 'active',
      organization_id: 'default',
      last_login: null,
      created_at: expect.stringMatching(/Z$/),
    })
    expect(api.events).toMatchObject([
      { name: 'user.created', payload: { user_id: body.id, user_data: body } },
    ])
  })

  it('cannot share an email address, in whatever case', async () => {
    await api.call('POST', '/users', { id: 'ada', email: 'ada@example.com' })
    await api.call('POST', '/users', { id: 'bob', email: 'bob@example.com' })
    expect((await api.call('POST', '/users', { email: 'ADA@example.com' })).status).toBe(409)
    expect((await api.call('PATCH', '/users/bob', { email: 'ada@example.com' })).status).toBe(409)
    expect(names()).toEqual(['user.created', 'user.created'])
  })

  it('are changed field by field and deleted', async () => {
    await api.call('POST', '/users', { id: 'ada', email: 'ada@example.com' })
    const { body } = await api.call('PUT', '/users/ada', { name: 'Ada', role: 'operator' })
    expect(body).toMatchObject({ email: 'ada@example.com', name: 'Ada', role: 'operator' })
    expect((await api.call('PATCH', '/users/ada', { role: 'operator' })).body).toEqual(body)
    expect((await api.call('DELETE', '/users/ada')).body).toEqual({ status: 'deleted', id: 'ada' })
    expect((await api.call('GET', '/users/ada')).status).toBe(404)
    expect(names()).toEqual(['user.created', 'user.updated', 'user.deleted'])
  })

  it('are found by search, role and status', async () => {
    await api.call('POST', '/users', { id: 'ada', email: 'ada@example.com', role: 'operator' })
    const { body } = await api.call('GET', '/users?search=ADA@&role=operator&status=active')
    expect(body).toMatchObject({ users: [{ id: 'ada' }], pagination: { total_count: 1, page_size: 20 } })
  })

  it('are known by their keys as me', async () => {
    await api.call('POST', '/users', { id: 'ada', email: 'ada@example.com' })
    const created = await api.call('POST', '/api-keys', { name: "Ada's", role: 'viewer', user_id: 'ada' })
    const key = String(created.body.key)
    expect((await api.call('GET', '/users/me', undefined, { key })).body.id).toBe('ada')
    await api.call('DELETE', '/users/ada')
    expect((await api.call('GET', '/users/me', undefined, { key })).status).toBe(401)
    expect((await api.call('GET', '/users/me')).status).toBe(404)
  })

  it('of another organization are 404', async () => {
    await api.call('POST', '/users', { id: 'ada', email: 'ada@example.com' })
    const key = await api.keyWith(['*'], 'elsewhere')
    for (const [method, json] of [
      ['GET'],
      ['PATCH', { name: 'x' }],
      ['PUT', { name: 'x' }],
      ['DELETE'],
    ] as const) {
      expect((await api.call(method, '/users/ada', json, { key })).status, method).toBe(404)
    }
  })

  it.each([{}, { email: 'nobody' }, { email: 'a@example.com', role: 'king' }])(
    'answer 422 for %j',
    async (body) => {
      expect((await api.call('POST', '/users', body)).status).toBe(422)
    },
  )
})

describe('organizations', () => {
  it.each(['/organizations', '/orgs'])('are created, read and listed at %s', async (path) => {
    const { status, headers, body } = await api.call('POST', path, { name: 'North' })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe(`/api/v1/organizations/${body.id}`)
    expect(body).toEqual({ id: expect.any(String), name: 'North', created_at: expect.stringMatching(/Z$/) })
    expect((await api.call('GET', `${path}/${body.id}`)).body).toEqual(body)
    expect((await api.call('GET', path)).body).toMatchObject({ pagination: { page_size: 100 } })
    expect(api.events).toMatchObject([
      { name: 'organization.created', payload: { organization_id: body.id, organization_data: body } },
    ])
  })

  it('see only themselves, except the one that runs the server', async () => {
    const key = await api.keyWith(['*'], 'elsewhere')
    expect((await api.call('GET', '/organizations', undefined, { key })).body.organizations).toMatchObject([
      { id: 'elsewhere' },
    ])
    expect((await api.call('GET', '/organizations/default', undefined, { key })).status).toBe(404)
    expect((await api.call('POST', '/organizations', { name: 'x' }, { key })).status).toBe(403)
    expect((await api.call('GET', '/organizations/elsewhere')).status).toBe(200)
  })

  it('answer 409 for an id that is taken', async () => {
    expect((await api.call('POST', '/organizations', { id: 'default', name: 'x' })).status).toBe(409)
  })
})

describe('API keys', () => {
  it('are shown once, and work with their scopes only', async () => {
    const { status, body } = await api.call('POST', '/api-keys', {
      name: 'reader',
      scopes: ['api:devices:read'],
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      name: 'reader',
      scopes: ['devices:read'],
      expires_at: null,
      last_used_at: null,
    })
    const key = String(body.key)
    expect(key.startsWith(`${body.prefix}_`)).toBe(true)
    expect((await api.call('GET', '/devices', undefined, { key })).status).toBe(200)
    expect((await api.call('GET', '/alerts', undefined, { key })).status).toBe(403)

    const listed = await api.call('GET', '/api-keys')
    expect(JSON.stringify(listed.body)).not.toContain(key)
    expect(listed.body.api_keys).toContainEqual(
      expect.objectContaining({ id: body.id, last_used_at: expect.any(String) }),
    )
    const { rows } = await api.database.executeSql('select * from api_keys')
    expect(JSON.stringify(rows)).not.toContain(key.slice(-43))
  })

  it('stop at once when they are revoked', async () => {
    const { body } = await api.call('POST', '/api-keys', { name: 'short-lived' })
    const key = String(body.key)
    expect((await api.call('GET', '/devices', undefined, { key })).status).toBe(200)
    expect((await api.call('DELETE', `/api-keys/${body.id}`)).body).toEqual({
      status: 'deleted',
      id: body.id,
    })
    const { status, headers } = await api.call('GET', '/devices', undefined, { key })
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
    expect((await api.call('DELETE', `/api-keys/${body.id}`)).status).toBe(404)
  })

  it('stop when they expire', async () => {
    const { body } = await api.call('POST', '/api-keys', { name: 'one day', expires_in: '1d' })
    const key = String(body.key)
    expect(Date.parse(String(body.expires_at)) - Date.now()).toBeGreaterThan(86_000_000)
    await api.database.executeSql('update api_keys set expires_at = $1 where id = $2', [new Date(), body.id])
    expect((await api.call('GET', '/devices', undefined, { key })).status).toBe(401)
  })

  it('rest while their user is inactive', async () => {
    await api.call('POST', '/users', { id: 'ada', email: 'ada@example.com' })
    const { body } = await api.call('POST', '/api-keys', { name: "Ada's", user_id: 'ada' })
    const key = String(body.key)
    const read = async () => (await api.call('GET', '/devices', undefined, { key })).status
    expect(await read()).toBe(200)
    await api.call('PATCH', '/users/ada', { status: 'inactive' })
    expect(await read()).toBe(401)
    await api.call('PATCH', '/users/ada', { status: 'active' })
    expect(await read()).toBe(200)
  })

  it('do no more than the role of their user allows, whatever their scopes', async () => {
    await api.call('POST', '/users', { id: 'ada', email: 'ada@example.com', role: 'operator' })
    const { body } = await api.call('POST', '/api-keys', {
      name: "Ada's",
      scopes: ['devices:*', 'keys:read'],
      user_id: 'ada',
    })
    const key = String(body.key)
    const statuses = async () => [
      (await api.call('GET', '/devices', undefined, { key })).status,
      (await api.call('POST', '/devices', { name: 'a', type: 'b' }, { key })).status,
      (await api.call('GET', '/api-keys', undefined, { key })).status,
      (await api.call('GET', '/alerts', undefined, { key })).status,
    ]
    expect(await statuses()).toEqual([200, 201, 403, 403])
    await api.call('PATCH', '/users/ada', { role: 'viewer' })
    expect(await statuses()).toEqual([200, 403, 403, 403])
    const refused = await api.call('POST', '/devices', { name: 'a', type: 'b' }, { key })
    expect(refused.body.detail).toBe(
      'The user of this API key has the role viewer, which lacks the permission devices:write',
    )
    await api.call('PATCH', '/users/ada', { role: 'admin' })
    expect(await statuses()).toEqual([200, 201, 200, 403])
    expect((await api.call('GET', '/alerts', undefined, { key })).body.detail).toBe(
      'This API key lacks the permission alerts:read',
    )
  })

  it('cannot give more than they have', async () => {
    const key = await api.keyWith(['keys:write', 'devices:read'])
    const { status, body } = await api.call(
      'POST',
      '/api-keys',
      { name: 'x', scopes: ['devices:write'] },
      { key },
    )
    expect(status).toBe(403)
    expect(body.detail).toContain('devices:write')
    expect((await api.call('POST', '/api-keys', { name: 'x', scopes: ['*'] }, { key })).status).toBe(403)
    expect(
      (await api.call('POST', '/api-keys', { name: 'x', scopes: ['devices:read'] }, { key })).status,
    ).toBe(201)
  })

  it('are handed to another organization by the operator only', async () => {
    const asked = { name: 'x', role: 'admin', organization_id: 'elsewhere' }
    const { body } = await api.call('POST', '/api-keys', asked)
    expect(body.organization_id).toBe('elsewhere')
    const key = String(body.key)
    const back = await api.call('POST', '/api-keys', { ...asked, organization_id: 'default' }, { key })
    expect(back.status).toBe(404)
    expect((await api.call('POST', '/api-keys', { ...asked, organization_id: 'nowhere' })).status).toBe(404)
    expect((await api.call('DELETE', `/api-keys/${body.id}`)).status).toBe(404)
  })

  it.each([
    {},
    { name: 'x', scopes: ['devices:fly'] },
    { name: 'x', scopes: [] },
    { name: 'x', scopes: ['*'], role: 'admin' },
    { name: 'x', expires_in: 'soon' },
    { name: 'x', expires_at: '2001-01-01T00:00:00Z' },
  ])('answer 422 for %j', async (body) => {
    expect((await api.call('POST', '/api-keys', body)).status).toBe(422)
  })

  it('cannot be managed by a plugin, whatever it was granted', async () => {
    api.installations.set('oci_greedy', {
      kind: 'installation',
      id: 'i-2',
      organization_id: 'default',
      permissions: new Set(['users:write', 'devices:write']),
      plugin_id: 'greedy',
      label: 'greedy',
    })
    expect((await api.call('POST', '/api-keys', { name: 'x' }, { key: 'oci_greedy' })).status).toBe(403)
    expect((await api.call('GET', '/api-keys', undefined, { key: 'oci_unknown' })).status).toBe(401)
  })
})
