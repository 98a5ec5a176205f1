import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetOld } from '../../src/resources/forget-old.js'
import { createTestApi, type TestApi } from './test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
  await api.call('POST', '/devices', { id: 'd', name: 'd', type: 't' })
  const readings = [
    ['10:00:01', { cpu: 10, text: 'x' }],
    ['10:00:59', { cpu: 30, nested: { a: 1 } }],
    ['10:01:00', { cpu: 5, memory: 1e308 }],
    ['10:01:01', { memory: 1e308 }],
    ['10:07:00', { text: 'only' }],
  ]
  const batch = readings.map(([time, metrics]) => ({
    device_id: 'd',
    metrics,
    timestamp: `2026-01-27T${time}Z`,
  }))
  const { status } = await api.call('POST', '/metrics', batch)
  expect(status).toBe(201)
})
afterAll(() => api.close())

const read = (query: string) => api.call('GET', `/devices/d/metrics?${query}`)

describe('readings summed up', () => {
  it('have one entry for each interval with its beginning, newest first', async () => {
    const { body } = await read('interval=1m')
    expect(body).toEqual({
      metrics: [
        { device_id: 'd', timestamp: '2026-01-27T10:07:00.000Z', metrics: {} },
        { device_id: 'd', timestamp: '2026-01-27T10:01:00.000Z', metrics: { cpu: 5, memory: 1e308 } },
        { device_id: 'd', timestamp: '2026-01-27T10:00:00.000Z', metrics: { cpu: 20 } },
      ],
      pagination: { page: 1, page_size: 100, total_count: 3, total_pages: 1 },
    })
  })

  it.each([
    ['avg', 15],
    ['min', 5],
    ['max', 30],
    ['sum', 45],
    ['count', 3],
    ['last', 5],
  ])('know %s', async (aggregate, cpu) => {
    const { body } = await read(`interval=1h&aggregate=${aggregate}`)
    expect(body.metrics).toMatchObject([{ metrics: { cpu } }])
  })

  it('survive a sum that no number can hold', async () => {
    const { status, body } = await read('interval=1h&aggregate=sum')
    expect([status, body.metrics]).toMatchObject([200, [{ metrics: { cpu: 45, memory: null } }]])
  })

  it('honour the range of time, the order and the page', async () => {
    const { body } = await read('interval=1m&order=asc&page_size=1&page=2&since=2026-01-27T10:00:30Z')
    expect(body).toMatchObject({
      metrics: [{ timestamp: '2026-01-27T10:01:00.000Z' }],
      pagination: { total_count: 3, total_pages: 3 },
    })
    const ranged = await read('interval=1m&until=2026-01-27T10:00:59Z')
    expect(ranged.body.metrics).toMatchObject([{ metrics: { cpu: 10 } }])
  })

  it.each(['interval=0', 'interval=soon', 'interval=500d', 'interval=5m&aggregate=median'])(
    'refuse %s',
    async (query) => expect((await read(query)).status).toBe(422),
  )
})

describe('retention', () => {
  it('forgets readings past their time, and keeps them all without a setting', async () => {
    const { kysely } = api.database
    const count = async () => (await read('')).body.pagination
    const now = new Date('2026-01-27T10:01:30Z').getTime()
    await forgetOld(kysely, { metricsRetention: undefined }, now + 10 * 86_400_000)
    expect(await count()).toMatchObject({ total_count: 5 })
    await forgetOld(kysely, { metricsRetention: 30_500 }, now)
    expect(await count()).toMatchObject({ total_count: 3 })
  })
})
