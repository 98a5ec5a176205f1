import { triggerHook } from '@ops-center/plugin-sdk/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { drivePlugin, jump, type Metrics, ordinary } from '../test-support/drive-plugin.js'
import { watchReading } from './watch-reading.js'

const START = Date.UTC(2026, 0, 1)

let detector: Awaited<ReturnType<typeof drivePlugin>>

beforeEach(async () => {
  detector = await drivePlugin()
})

/** One reading of web-1, `second` seconds after the start; the same second is the same event. */
function deliver(second: number, metrics: Metrics): Promise<void> {
  const occurred_at = new Date(START + second * 1_000).toISOString()
  return watchReading(detector.plugin, {
    device_id: 'web-1',
    metrics,
    event_id: `event-${second}`,
    occurred_at,
  })
}

/** Readings of one a second, beginning with second `from`. */
async function deliverAll(from: number, readings: readonly Metrics[]): Promise<void> {
  for (const [index, metrics] of readings.entries()) await deliver(from + index, metrics)
}

describe('incidents', () => {
  it('raises one alert when the readings of a jump arrive all at once', async () => {
    await deliverAll(0, ordinary(60))
    await Promise.all(jump(20).map((metrics, index) => deliver(60 + index, metrics)))
    expect(await detector.alerts()).toHaveLength(1)
    expect(await detector.stats()).toMatchObject({ readings: 80, detections: 1, alerts: 1 })
  })

  it('raises one alert when several metrics jump, and lists a detection for each', async () => {
    await deliverAll(0, ordinary(60))
    await deliverAll(60, jump(3))
    await deliverAll(
      63,
      jump(10).map((metrics) => ({ ...metrics, memory: { used: 99 } })),
    )
    const [alert, ...others] = await detector.alerts()
    expect(others).toEqual([])
    expect(await detector.detections()).toMatchObject([
      { metric: 'memory.used', alert_id: alert?.id },
      { metric: 'cpu', alert_id: alert?.id },
    ])
  })

  it('names every metric that jumps in the same reading in the one alert', async () => {
    await deliverAll(0, ordinary(60))
    await deliverAll(60, Array(10).fill({ cpu: 96, memory: { used: 99 } }))
    expect(await detector.alerts()).toMatchObject([
      { message: expect.stringContaining('Also unusual: '), metadata: { detections: [{}, {}] } },
    ])
  })

  it('raises none for single spikes, nor for a metric that leaves zero for a moment', async () => {
    const spiky = ordinary(300).map((metrics, index) => ({
      ...metrics,
      cpu: index % 12 === 0 ? 100 : metrics.cpu,
      errors: index % 20 === 0 ? 3 : 0,
    }))
    await deliverAll(0, spiky)
    expect(await detector.stats()).toMatchObject({ readings: 300, detections: 0, alerts: 0 })
  })

  it('raises the next alert of a device when the cool-down is over', async () => {
    await deliverAll(0, ordinary(60))
    await deliverAll(60, [...jump(10), ...ordinary(10)])
    await deliverAll(300, [...jump(10), ...ordinary(10)])
    expect(await detector.alerts()).toHaveLength(1)
    await deliverAll(700, jump(10))
    expect(await detector.alerts()).toHaveLength(2)
    expect(await detector.stats()).toMatchObject({ detections: 3, alerts: 2 })
  })

  it('takes a lasting new level as the usual one, and no return to the old one as an incident', async () => {
    await deliverAll(0, ordinary(60))
    await deliverAll(1_000, jump(299))
    expect(await detector.stats()).toMatchObject({ per_device: [{ unusual: ['cpu'] }] })
    await deliverAll(2_000, jump(1))
    expect(await detector.stats()).toMatchObject({ per_device: [{ unusual: [] }] })
    await deliverAll(3_000, jump(100))
    await deliverAll(4_000, ordinary(100))
    expect(await detector.stats()).toMatchObject({ detections: 1, alerts: 1 })
    await deliverAll(5_000, jump(10))
    expect(await detector.stats()).toMatchObject({ detections: 2, alerts: 2 })
  })
})

describe('delivery at least once', () => {
  it('counts an event once however often it comes', async () => {
    await deliverAll(0, ordinary(60))
    for (let time = 0; time < 3; time += 1) await deliverAll(0, [...ordinary(60), ...jump(10)])
    expect(await detector.stats()).toMatchObject({ readings: 70, detections: 1, alerts: 1 })
    expect(await detector.alerts()).toHaveLength(1)
  })

  it('finishes an alert that could not be raised when the event comes again', async () => {
    await deliverAll(0, [...ordinary(60), ...jump(4)])
    detector.plugin.api.respondWith('POST', '/alerts', { status: 503 }, { times: 1 })
    await expect(deliver(64, { cpu: 96 })).rejects.toThrow()
    expect(await detector.stats()).toMatchObject({ readings: 65, detections: 1, alerts: 0 })
    expect(await detector.detections()).toHaveLength(1)

    await deliver(64, { cpu: 96 })
    await deliver(64, { cpu: 96 })
    expect(await detector.alerts()).toHaveLength(1)
    expect(await detector.stats()).toMatchObject({ readings: 65, detections: 1, alerts: 1 })
    expect(await detector.detections()).toHaveLength(1)
  })

  it('raises no second alert when the process died before it noted the first', async () => {
    await deliverAll(0, [...ordinary(60), ...jump(4)])
    const before = await detector.plugin.storage.get('device:web-1')
    await deliver(64, { cpu: 96 })
    await detector.plugin.storage.set('device:web-1', before)
    await deliver(64, { cpu: 96 })
    expect(await detector.alerts()).toHaveLength(1)
    expect(await detector.detections()).toHaveLength(1)
  })

  it('goes on after a restart with what is stored', async () => {
    await deliverAll(0, ordinary(60))
    const storage = Object.fromEntries(await detector.plugin.storage.entries())
    detector = await drivePlugin({ storage })
    await deliverAll(50, [...ordinary(10), ...jump(10)])
    expect(await detector.stats()).toMatchObject({ readings: 70, alerts: 1 })
  })

  it('costs one write for an ordinary reading, and no request', async () => {
    const { storage, api } = detector.plugin
    const update = vi.spyOn(storage, 'update')
    const set = vi.spyOn(storage, 'set')
    await deliverAll(0, ordinary(60))
    expect(update).toHaveBeenCalledTimes(60)
    expect(set).not.toHaveBeenCalled()
    expect(api.getRequests()).toEqual([])
  })

  it('keeps the record of a device small', async () => {
    await deliverAll(0, ordinary(1_000))
    const record = JSON.stringify(await detector.plugin.storage.get('device:web-1'))
    expect(record.length).toBeLessThan(8_000)
  })
})

describe('devices that come and go', () => {
  it('keeps what readings taught that arrived before device.created', async () => {
    await deliverAll(0, ordinary(60))
    await triggerHook(detector.plugin, 'device.created', { device_id: 'web-1' })
    expect(await detector.predict('web-1', { cpu: 96 })).toMatchObject({ status: 'ready', anomalous: true })
  })

  it('forgets a deleted device, and still counts its readings', async () => {
    await deliverAll(0, ordinary(60))
    await triggerHook(detector.plugin, 'device.deleted', { device_id: 'web-1' })
    expect(await detector.stats()).toMatchObject({ devices: 0, readings: 60, per_device: [] })
    expect(await detector.predict('web-1', { cpu: 96 })).toMatchObject({ status: 'unknown' })
    await triggerHook(detector.plugin, 'device.created', { device_id: 'web-1' })
    expect(await detector.predict('web-1', { cpu: 96 })).toMatchObject({
      status: 'learning',
      anomalous: false,
    })
  })

  it('counts a reading without a single number', async () => {
    await deliverAll(0, [{}, { os: 'linux', up: true, tags: [1, 2], none: null }])
    expect(await detector.stats()).toMatchObject({ readings: 2, per_device: [{ learning: 0 }] })
  })
})
