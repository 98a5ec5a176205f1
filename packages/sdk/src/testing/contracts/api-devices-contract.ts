import { type ApiTest, apiError } from './api-under-test.js'

export function testDevices(test: ApiTest): void {
  test('a device needs a name and a type, and comes back complete', async ({ api, expect, unique }) => {
    const device = await api.devices.create({ name: unique, type: 'pump' })
    const { id, name, type, status, ip_address, metadata, configuration, last_seen } = device
    expect({ name, type, status, ip_address, metadata, configuration, last_seen }).toEqual({
      name: unique,
      type: 'pump',
      status: 'pending',
      ip_address: null,
      metadata: {},
      configuration: {},
      last_seen: null,
    })
    expect(Object.keys(device).sort()).toEqual(
      [
        'configuration',
        'created_at',
        'id',
        'ip_address',
        'last_seen',
        'metadata',
        'name',
        'organization_id',
        'status',
        'type',
        'updated_at',
      ].sort(),
    )
    expect(await api.devices.get(id)).toEqual(device)
  })

  test('a given id is accepted once', async ({ api, expect, unique }) => {
    const device = await api.devices.create({ id: unique, name: 'A', type: 'pump' })
    expect(device.id).toBe(unique)
    expect((await apiError(api.devices.create({ id: unique, name: 'B', type: 'pump' }))).status).toBe(409)
    expect((await api.devices.get(unique)).name).toBe('A')
  })

  test('made-up ids are never the same', async ({ api, expect, unique }) => {
    const one = await api.devices.create({ name: unique, type: 'pump' })
    const two = await api.devices.create({ name: unique, type: 'pump' })
    expect(one.id === two.id).toBe(false)
  })

  test('what is not there is 404', async ({ api, expect, unique }) => {
    const calls = [
      api.devices.get(unique),
      api.devices.update(unique, { name: 'A' }),
      api.devices.getStatus(unique),
      api.devices.getMetrics(unique),
      api.devices.sendMetrics(unique, { cpu: 1 }),
      api.delete(`/devices/${unique}`),
    ]
    for (const call of calls.map(apiError)) {
      const error = await call
      expect(error.status).toBe(404)
      expect(error.problem?.status).toBe(404)
    }
  })

  test('a wrong field is 422 and names its place', async ({ api, expect, unique }) => {
    const wrong = { name: unique, type: 'pump', status: 'sleepy' }
    const error = await apiError(api.post('/devices', { json: wrong }))
    expect(error.status).toBe(422)
    expect(error.problem?.errors?.map(({ pointer }) => pointer)).toEqual(['/status'])
    expect((await apiError(api.post('/devices', { json: { type: 'pump' } }))).status).toBe(422)
    expect((await apiError(api.post('/devices', { json: { name: '', type: 'pump' } }))).status).toBe(422)
    expect((await apiError(api.post('/devices', { json: [] }))).status).toBe(422)
  })

  test('an update merges, and PUT does the same as PATCH', async ({ api, expect, unique }) => {
    await api.devices.create({ id: unique, name: 'A', type: 'pump', metadata: { floor: 2 } })
    const renamed = await api.devices.update(unique, { name: 'B' })
    expect([renamed.name, renamed.type, renamed.metadata]).toEqual(['B', 'pump', { floor: 2 }])
    await api.put(`/devices/${unique}`, { json: { status: 'maintenance' } })
    const put = await api.devices.get(unique)
    expect([put.name, put.status, put.metadata]).toEqual(['B', 'maintenance', { floor: 2 }])
    const status = await api.devices.getStatus(unique)
    expect(status).toEqual({ device_id: unique, status: 'maintenance', last_seen: null })
  })

  test('a deleted device is gone, with what it measured', async ({ api, expect, unique }) => {
    await api.devices.create({ id: unique, name: 'A', type: 'pump' })
    await api.devices.sendMetrics(unique, { cpu: 1 })
    expect(await api.devices.delete(unique)).toEqual({ status: 'deleted', id: unique })
    expect((await apiError(api.devices.get(unique))).status).toBe(404)
    await api.devices.create({ id: unique, name: 'A', type: 'pump' })
    expect((await api.devices.getMetrics(unique)).metrics).toEqual([])
  })

  test('lists are filtered by type, status and a part of the name', async ({ api, expect, unique }) => {
    await api.devices.create({ id: `${unique}-1`, name: 'North', type: unique, status: 'online' })
    await api.devices.create({ id: `${unique}-2`, name: 'South', type: unique, status: 'error' })
    const ids = async (query: Parameters<typeof api.devices.list>[0]) =>
      (await api.devices.list(query)).devices.map(({ id }) => id).sort()
    expect(await ids({ type: unique })).toEqual([`${unique}-1`, `${unique}-2`])
    expect(await ids({ type: unique, status: 'error' })).toEqual([`${unique}-2`])
    expect(await ids({ type: unique, search: 'nORT' })).toEqual([`${unique}-1`])
    expect(await ids({ search: unique.toUpperCase() })).toEqual([`${unique}-1`, `${unique}-2`])
    expect(await ids({ type: unique, search: '%' })).toEqual([])
    expect((await apiError(api.get('/devices', { query: { status: 'sleepy' } }))).status).toBe(422)
  })
}
