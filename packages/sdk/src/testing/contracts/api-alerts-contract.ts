import { type ApiTest, apiError } from './api-under-test.js'

export function testAlerts(test: ApiTest): void {
  test('an alert needs a severity and a title, and comes back complete', async ({ api, expect, unique }) => {
    const alert = await api.alerts.create({ severity: 'warning', title: unique, device_id: unique })
    const { id, organization_id, created_at, created_by, ...rest } = alert
    expect(rest).toEqual({
      title: unique,
      message: null,
      severity: 'warning',
      status: 'active',
      device_id: unique,
      metadata: {},
      acknowledged_at: null,
      acknowledged_by: null,
      resolved_at: null,
      resolved_by: null,
    })
    expect([typeof id, typeof organization_id, typeof created_at, typeof created_by]).toEqual(
      Array(4).fill('string'),
    )
    expect(await api.alerts.get(id)).toEqual(alert)
    expect((await apiError(api.post('/alerts', { json: { title: unique } }))).status).toBe(422)
    expect((await apiError(api.post('/alerts', { json: { title: unique, severity: 'high' } }))).status).toBe(
      422,
    )
  })

  test('acknowledging says who and when, once', async ({ api, expect, unique }) => {
    await api.alerts.create({ id: unique, severity: 'error', title: 'A' })
    const first = await api.alerts.acknowledge(unique)
    expect([first.status, typeof first.acknowledged_at, typeof first.acknowledged_by]).toEqual([
      'acknowledged',
      'string',
      'string',
    ])
    expect(await api.alerts.acknowledge(unique)).toEqual(first)
  })

  test('resolving works from any status, once', async ({ api, expect, unique }) => {
    await api.alerts.create({ id: unique, severity: 'error', title: 'A' })
    const first = await api.alerts.resolve(unique)
    expect([first.status, typeof first.resolved_at, first.acknowledged_at]).toEqual([
      'resolved',
      'string',
      null,
    ])
    expect(await api.alerts.resolve(unique)).toEqual(first)
  })

  test('a resolved alert cannot be acknowledged', async ({ api, expect, unique }) => {
    await api.alerts.create({ id: unique, severity: 'error', title: 'A' })
    await api.alerts.resolve(unique)
    expect((await apiError(api.alerts.acknowledge(unique))).status).toBe(409)
    expect((await api.alerts.get(unique)).status).toBe('resolved')
  })

  test('an update changes the given fields only', async ({ api, expect, unique }) => {
    await api.alerts.create({ id: unique, severity: 'info', title: 'A', metadata: { score: 3 } })
    await api.alerts.update(unique, { severity: 'critical', message: 'Worse' })
    const { severity, message, title, metadata } = await api.alerts.get(unique)
    expect({ severity, message, title, metadata }).toEqual({
      severity: 'critical',
      message: 'Worse',
      title: 'A',
      metadata: { score: 3 },
    })
  })

  test('lists are filtered by device, severity and status', async ({ api, expect, unique }) => {
    const ids: string[] = []
    for (const severity of ['info', 'critical'] as const) {
      ids.push((await api.alerts.create({ severity, title: unique, device_id: unique })).id)
    }
    const [info = '', critical = ''] = ids
    await api.alerts.resolve(info)
    const found = async (query: Parameters<typeof api.alerts.list>[0]) =>
      (await api.alerts.list({ device_id: unique, ...query })).alerts.map(({ id }) => id).sort()
    expect(await found({})).toEqual([...ids].sort())
    expect(await found({ severity: 'critical' })).toEqual([critical])
    expect(await found({ status: 'resolved' })).toEqual([info])
    expect(await found({ status: 'resolved', severity: 'critical' })).toEqual([])
  })

  test('what is not there is 404', async ({ api, expect, unique }) => {
    const { get, update, acknowledge, resolve } = api.alerts
    for (const call of [get(unique), update(unique, {}), acknowledge(unique), resolve(unique)].map(
      apiError,
    )) {
      expect((await call).status).toBe(404)
    }
  })
}
