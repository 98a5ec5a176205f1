import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestApi, type TestApi } from './test-api.js'

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
})
beforeEach(async () => {
  await api.reset()
  await api.call('POST', '/devices', { id: 'pump-7', name: 'Pump 7', type: 'pump' })
  await api.call('POST', '/devices', { id: 'fan-1', name: 'Fan 1', type: 'fan', status: 'maintenance' })
  api.events.length = 0
})
afterAll(() => api.close())

const at = '2026-01-27T10:30:45.123Z'

describe('recording a reading', () => {
  it('takes the metrics object itself', async () => {
    const { status, headers, body } = await api.call('POST', '/devices/pump-7/metrics', {
      cpu: 41.5,
      load: [1, 2],
    })
    expect(status).toBe(201)
    expect(headers.get('location')).toBe('/api/v1/devices/pump-7/metrics')
    expect(body).toEqual({
      device_id: 'pump-7',
      metrics: { cpu: 41.5, load: [1, 2] },
      timestamp: expect.stringMatching(/Z$/),
    })
  })

  it('takes metrics with their time, in any zone', async () => {
    const sent = { metrics: { cpu: 1 }, timestamp: '2026-01-27T12:30:45.123+02:00' }
    expect((await api.call('POST', '/devices/pump-7/metrics', sent)).body).toMatchObject({
      metrics: { cpu: 1 },
      timestamp: at,
    })
  })

  it('takes an object that only has a metric named metrics as it is', async () => {
    const { body } = await api.call('POST', '/devices/pump-7/metrics', { metrics: 5 })
    expect(body.metrics).toEqual({ metrics: 5 })
  })

  it('announces the metrics and, the first time, that the device is online', async () => {
    await api.call('POST', '/devices/pump-7/metrics', { cpu: 1 })
    await api.call('POST', '/devices/pump-7/metrics', { cpu: 2 })
    expect(api.events.map(({ name, payload }) => [name, payload])).toEqual([
      ['device.status_changed', { device_id: 'pump-7', old_status: 'pending', new_status: 'online' }],
      ['device.metrics_updated', { device_id: 'pump-7', metrics: { cpu: 1 } }],
      ['device.metrics_updated', { device_id: 'pump-7', metrics: { cpu: 2 } }],
    ])
  })

  it('notes when the device was last seen, and leaves a status that somebody chose', async () => {
    const before = new Date().toISOString()
    await api.call('POST', '/devices/fan-1/metrics', { rpm: 900 })
    const { body } = await api.call('GET', '/devices/fan-1/status')
    expect(body).toEqual({ device_id: 'fan-1', status: 'maintenance', last_seen: expect.any(String) })
    expect(String(body.last_seen) >= before).toBe(true)
  })

  it('keeps nothing when the event cannot be published', async () => {
    api.failPublishing = true
    expect((await api.call('POST', '/devices/pump-7/metrics', { cpu: 1 })).status).toBe(500)
    api.failPublishing = false
    expect((await api.call('GET', '/devices/pump-7/metrics')).body.metrics).toEqual([])
    expect((await api.call('GET', '/devices/pump-7')).body.last_seen).toBeNull()
  })

  it.each([
    [{}],
    [[]],
    [null],
    ['text'],
    [{ metrics: {} }],
    [{ metrics: { cpu: 1 }, timestamp: 'yesterday' }],
    [{ cpu: '\0' }],
  ])('answers 422 for %j', async (body) => {
    expect((await api.call('POST', '/devices/pump-7/metrics', body)).status).toBe(422)
    expect(api.events).toEqual([])
  })

  it('refuses a number too large to keep', async () => {
    const { status, body } = await api.call('POST', '/devices/pump-7/metrics', undefined, {
      raw: '{"cpu":1e999}',
    })
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ pointer: '/metrics/cpu' }])
  })

  it('stores what the filter makes of the metrics, or the original when that is not valid', async () => {
    const seen: unknown[] = []
    api.filter = async ({ filter, value }) => {
      seen.push([filter, value])
      return { ...value, metrics: { cpu: 2, checked: true } }
    }
    await api.call('POST', '/devices/pump-7/metrics', { metrics: { cpu: 1 }, timestamp: at })
    expect(seen).toEqual([['metrics.process', { device_id: 'pump-7', metrics: { cpu: 1 }, timestamp: at }]])
    expect(api.events.at(-1)?.payload).toEqual({ device_id: 'pump-7', metrics: { cpu: 2, checked: true } })

    api.filter = async () => ({ metrics: 'gone' })
    expect((await api.call('POST', '/devices/pump-7/metrics', { cpu: 1 })).body.metrics).toEqual({ cpu: 1 })
    expect(api.warnings).toMatchObject([{ filter: 'metrics.process' }])
  })
})

describe('recording a batch', () => {
  it('keeps and announces every reading', async () => {
    const { status, body } = await api.call('POST', '/metrics', [
      { device_id: 'pump-7', metrics: { cpu: 1 } },
      { device_id: 'fan-1', metrics: { rpm: 900 }, timestamp: at },
      { device_id: 'pump-7', metrics: { cpu: 2 } },
    ])
    expect([status, body]).toEqual([201, { accepted: 3 }])
    expect(api.events.map(({ name, payload }) => [name, payload.device_id])).toEqual([
      ['device.status_changed', 'pump-7'],
      ['device.metrics_updated', 'pump-7'],
      ['device.metrics_updated', 'fan-1'],
      ['device.metrics_updated', 'pump-7'],
    ])
  })

  it('keeps none when a device is unknown, and points at it', async () => {
    const { status, body } = await api.call('POST', '/metrics', [
      { device_id: 'pump-7', metrics: { cpu: 1 } },
      { device_id: 'ghost', metrics: { cpu: 1 } },
    ])
    expect(status).toBe(404)
    expect(body.errors).toMatchObject([{ pointer: '/1/device_id' }])
    expect(api.events).toEqual([])
    expect((await api.call('GET', '/devices/pump-7/metrics')).body.metrics).toEqual([])
  })

  it.each([
    [[]],
    [{}],
    [[{ device_id: 'pump-7' }]],
    [Array(1001).fill({ device_id: 'pump-7', metrics: { a: 1 } })],
  ])('answers 422 for a batch that is not one (%#)', async (body) => {
    expect((await api.call('POST', '/metrics', body)).status).toBe(422)
  })

  it('never lets two batches wait for each other for ever', async () => {
    const readings = ['pump-7', 'fan-1'].map((device_id) => ({ device_id, metrics: { a: 1 } }))
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        api.call('POST', '/metrics', index % 2 ? readings : [...readings].reverse()),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201))
  })
})

describe('reading the history', () => {
  beforeEach(async () => {
    const readings = [1, 2, 3, 4].map((hour) => ({
      device_id: 'pump-7',
      metrics: { hour },
      timestamp: `2026-01-27T0${hour}:00:00Z`,
    }))
    await api.call('POST', '/metrics', readings)
  })

  const hours = async (query: string) => {
    const { body } = await api.call('GET', `/devices/pump-7/metrics${query}`)
    return Array.isArray(body.metrics) ? body.metrics.map(({ metrics }) => metrics.hour) : body
  }

  it('answers the newest first, in pages', async () => {
    const { body } = await api.call('GET', '/devices/pump-7/metrics?page_size=3')
    expect(body).toMatchObject({
      metrics: [
        { device_id: 'pump-7', metrics: { hour: 4 }, timestamp: '2026-01-27T04:00:00.000Z' },
        { metrics: { hour: 3 } },
        { metrics: { hour: 2 } },
      ],
      pagination: { page: 1, page_size: 3, total_count: 4, total_pages: 2 },
    })
    expect(await hours('?page_size=3&page=2')).toEqual([1])
  })

  it('answers a range of time, oldest first when asked', async () => {
    expect(await hours('?since=2026-01-27T02:00:00Z&until=2026-01-27T04:00:00Z&order=asc')).toEqual([2, 3])
  })

  it('answers 422 for a time that is none', async () => {
    expect((await api.call('GET', '/devices/pump-7/metrics?since=monday')).status).toBe(422)
  })
})
