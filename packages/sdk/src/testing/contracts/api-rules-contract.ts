import { type ApiTest, apiError } from './api-under-test.js'

/** What holds for every resource, shown on one. */
export function testRules(test: ApiTest): void {
  test('pages say where they are, and together hold everything once', async ({ api, expect, unique }) => {
    for (let count = 0; count < 5; count++) await api.devices.create({ name: 'A', type: unique })
    const { devices, pagination } = await api.devices.list({ type: unique, page: 2, page_size: 2 })
    expect(devices.length).toBe(2)
    expect(pagination).toEqual({ page: 2, page_size: 2, total_count: 5, total_pages: 3 })
    const ids: string[] = []
    for await (const { id } of api.devices.iterate({ type: unique, page_size: 2 })) ids.push(id)
    expect([ids.length, new Set(ids).size]).toEqual([5, 5])
    expect((await api.devices.list({ type: unique, page: 9 })).devices).toEqual([])
  })

  test('pages have their default sizes and limits', async ({ api, expect, unique }) => {
    expect((await api.devices.list({ type: unique })).pagination).toEqual({
      page: 1,
      page_size: 20,
      total_count: 0,
      total_pages: 0,
    })
    expect((await api.alerts.list({ device_id: unique })).pagination.page_size).toBe(100)
    for (const query of [{ page: 0 }, { page_size: 0 }, { page_size: 1_001 }, { page: 'two' }]) {
      expect((await apiError(api.get('/devices', { query }))).status).toBe(422)
    }
    expect((await api.devices.list({ page_size: 1_000 })).pagination.page_size).toBe(1_000)
  })

  test('a missing permission is 403 and named, and nothing happens', async ({
    api,
    client,
    expect,
    unique,
  }) => {
    const reader = await client(['devices:read'])
    const error = await apiError(reader.devices.create({ id: unique, name: 'A', type: 'pump' }))
    expect(error.status).toBe(403)
    expect(error.problem?.detail?.includes('devices:write') ?? false).toBe(true)
    expect((await apiError(api.devices.get(unique))).status).toBe(404)
    expect((await apiError(reader.alerts.list())).problem?.detail?.includes('alerts:read') ?? false).toBe(
      true,
    )
    expect((await reader.devices.list({ type: unique })).devices).toEqual([])
  })

  test('a permission is checked before the body and before what is there', async ({
    client,
    expect,
    unique,
  }) => {
    const reader = await client(['devices:read'])
    expect((await apiError(reader.post('/devices', { json: {} }))).status).toBe(403)
    expect((await apiError(reader.devices.update(unique, { name: 'A' }))).status).toBe(403)
  })

  test('an Idempotency-Key makes a repeated create answer the first one', async ({ api, expect, unique }) => {
    const options = { idempotencyKey: unique }
    const first = await api.devices.create({ name: 'A', type: unique }, options)
    expect(await api.devices.create({ name: 'A', type: unique }, options)).toEqual(first)
    expect((await api.devices.list({ type: unique })).pagination.total_count).toBe(1)
    expect((await apiError(api.devices.create({ name: 'B', type: unique }, options))).status).toBe(422)
  })

  test('problems are complete', async ({ api, expect, unique }) => {
    const { problem } = await apiError(api.devices.get(unique))
    expect([
      problem?.title,
      problem?.status,
      problem?.instance,
      typeof problem?.detail,
      typeof problem?.request_id,
    ]).toEqual(['Not Found', 404, `/api/v1/devices/${unique}`, 'string', 'string'])
    expect(problem?.errors).toEqual([])
  })

  test('ids that cannot be are 422 in a body', async ({ api, expect }) => {
    for (const id of ['', 'a b', 'a/b', '..', 'ü', 'x'.repeat(129)]) {
      expect((await apiError(api.devices.create({ id, name: 'A', type: 'pump' }))).status).toBe(422)
    }
  })
}
