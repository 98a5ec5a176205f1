import { type ApiTest, apiError } from './api-under-test.js'

const times = ['2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z', '2024-01-03T00:00:00.000Z'] as const

export function testMetrics(test: ApiTest): void {
  test('readings come back newest first', async ({ api, expect, unique }) => {
    await api.devices.create({ id: unique, name: 'A', type: 'pump' })
    const [first, second, third] = times
    await api.devices.sendMetrics(unique, { cpu: 2 }, { timestamp: second })
    await api.devices.sendMetrics(unique, { cpu: 1 }, { timestamp: first })
    const sent = await api.devices.sendMetrics(
      unique,
      { cpu: 3, nested: { core: [1, 2] } },
      { timestamp: third },
    )
    expect(sent).toEqual({
      device_id: unique,
      timestamp: third,
      metrics: { cpu: 3, nested: { core: [1, 2] } },
    })
    const { metrics, pagination } = await api.devices.getMetrics(unique, { page_size: 2 })
    expect(metrics.map((reading) => reading.metrics.cpu)).toEqual([3, 2])
    expect([pagination.total_count, pagination.total_pages]).toEqual([3, 2])
  })

  test('readings are limited to a time from one moment until before another', async ({
    api,
    expect,
    unique,
  }) => {
    await api.devices.create({ id: unique, name: 'A', type: 'pump' })
    for (const timestamp of times) await api.devices.sendMetrics(unique, { timestamp }, { timestamp })
    const [, second, third] = times
    const since = await api.devices.getMetrics(unique, { since: second })
    expect(since.metrics.map(({ timestamp }) => timestamp)).toEqual([third, second])
    const between = await api.devices.getMetrics(unique, { since: new Date(second), until: third })
    expect(between.metrics.map(({ timestamp }) => timestamp)).toEqual([second])
    expect((await apiError(api.devices.getMetrics(unique, { since: 'yesterday' }))).status).toBe(422)
  })

  test('a body of bare metrics is a reading of now', async ({ api, expect, unique }) => {
    await api.devices.create({ id: unique, name: 'A', type: 'pump' })
    const before = Date.now() - 60_000
    await api.post(`/devices/${unique}/metrics`, { json: { cpu: 7, timestamp: 'monday' } })
    const { metrics } = await api.devices.getMetrics(unique)
    expect(metrics.map((reading) => reading.metrics)).toEqual([{ cpu: 7, timestamp: 'monday' }])
    expect(Date.parse(metrics[0]?.timestamp ?? '')).toBeGreaterThan(before)
  })

  test('no metrics, or metrics that are no object, are 422', async ({ api, expect, unique }) => {
    await api.devices.create({ id: unique, name: 'A', type: 'pump' })
    for (const json of [
      {},
      [],
      'hot',
      { metrics: {}, timestamp: times[0] },
      { metrics: { a: 1 }, timestamp: 'now' },
    ]) {
      expect((await apiError(api.post(`/devices/${unique}/metrics`, { json }))).status).toBe(422)
    }
    expect((await api.devices.getMetrics(unique)).metrics).toEqual([])
  })

  test('a device that reports is seen, and online again', async ({ api, expect, unique }) => {
    await api.devices.create({ id: `${unique}-1`, name: 'A', type: 'pump' })
    await api.devices.create({ id: `${unique}-2`, name: 'B', type: 'pump', status: 'maintenance' })
    await api.devices.sendMetrics(`${unique}-1`, { cpu: 1 })
    await api.devices.sendMetrics(`${unique}-2`, { cpu: 1 })
    const one = await api.devices.getStatus(`${unique}-1`)
    const two = await api.devices.getStatus(`${unique}-2`)
    expect([one.status, two.status]).toEqual(['online', 'maintenance'])
    expect([typeof one.last_seen, typeof two.last_seen]).toEqual(['string', 'string'])
  })

  test('a batch is stored as a whole or not at all', async ({ api, expect, unique }) => {
    await api.devices.create({ id: `${unique}-1`, name: 'A', type: 'pump' })
    await api.devices.create({ id: `${unique}-2`, name: 'B', type: 'pump' })
    const reading = (device: string) => ({ device_id: `${unique}-${device}`, metrics: { cpu: 1 } })
    expect((await apiError(api.post('/metrics', { json: [reading('1'), reading('none')] }))).status).toBe(404)
    expect((await api.devices.getMetrics(`${unique}-1`)).metrics).toEqual([])
    const answer = await api.post('/metrics', { json: [reading('1'), reading('2'), reading('1')] })
    expect(answer).toEqual({ accepted: 3 })
    expect((await api.devices.getMetrics(`${unique}-1`)).pagination.total_count).toBe(2)
  })
}
