import { type ApiTest, apiError } from './api-under-test.js'

export function testPeople(test: ApiTest): void {
  test('a user needs an e-mail address, which nobody else has', async ({ api, expect, unique }) => {
    const email = `${unique}@example.com`
    const user = await api.users.create({ email })
    expect([user.email, user.name, user.role, user.status, user.last_login]).toEqual([
      email,
      null,
      'viewer',
      'active',
      null,
    ])
    expect(await api.users.get(user.id)).toEqual(user)
    expect((await apiError(api.users.create({ email: email.toUpperCase() }))).status).toBe(409)
    expect((await apiError(api.users.create({ email: 'nobody' }))).status).toBe(422)
  })

  test('a user is changed, found and deleted', async ({ api, expect, unique }) => {
    const { id } = await api.users.create({ email: `${unique}@example.com` })
    const changed = await api.users.update(id, { name: 'Ada', role: 'operator' })
    expect([changed.name, changed.role, changed.email]).toEqual(['Ada', 'operator', `${unique}@example.com`])
    const found = await api.users.list({ search: unique, role: 'operator' })
    expect(found.users.map((user) => user.id)).toEqual([id])
    expect((await api.users.list({ search: unique, role: 'admin' })).users).toEqual([])
    expect(await api.users.delete(id)).toEqual({ status: 'deleted', id })
    expect((await apiError(api.users.get(id))).status).toBe(404)
  })

  test('an organization is created and read, under both of its paths', async ({ api, expect, unique }) => {
    const organization = await api.organizations.create({ id: unique, name: 'North plant' })
    expect(await api.orgs.get(unique)).toEqual(organization)
    expect(await api.get(`/orgs/${unique}`)).toEqual(organization)
    const ids: string[] = []
    for await (const { id } of api.organizations.iterate()) ids.push(id)
    expect(ids).toContain(unique)
    expect((await apiError(api.organizations.create({ id: unique, name: 'Again' }))).status).toBe(409)
    expect((await apiError(api.organizations.get(`${unique}-none`))).status).toBe(404)
  })
}
