import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compareManifests, loadManifest } from '@ops-center/plugin-sdk/manifest'
import {
  createTestPlugin,
  device,
  runTask,
  type TestPlugin,
  type TestPluginOptions,
  triggerFilter,
  triggerHook,
} from '@ops-center/plugin-sdk/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { plugin as real } from './main.js'
import { seededRandom } from './src/simulated-metric.js'

let plugin: TestPlugin

beforeEach(async () => {
  plugin = await startPlugin()
})

describe('install and enable', () => {
  it('prepares the storage once', async () => {
    const meta = await plugin.storage.get('meta')
    expect(meta).toEqual({ since: expect.stringMatching(/^\d{4}-.*Z$/) })
    await plugin.disable()
    await plugin.enable()
    expect(await plugin.storage.get('meta')).toEqual(meta)
  })

  it('is what plugin.yaml says', async () => {
    const { manifest } = await loadManifest(fileURLToPath(new URL('.', import.meta.url)))
    expect(compareManifests(plugin.getManifest(), manifest)).toEqual([])
  })
})

describe('device.created', () => {
  it('starts a baseline', async () => {
    const report = await triggerHook(plugin, 'device.created', { device_id: 'web-1' })
    expect(report.errors).toEqual([])
    expect(await stats()).toMatchObject({ devices: 1, readings: 0, per_device: [{ device_id: 'web-1' }] })
  })

  it('keeps what readings taught that arrived before it', async () => {
    await send('web-1', ordinary(3))
    await triggerHook(plugin, 'device.created', { device_id: 'web-1' })
    expect(await stats()).toMatchObject({ devices: 1, readings: 3 })
  })

  it('begins anew for a device that was deleted, and still counts its former readings', async () => {
    await send('web-1', ordinary(60))
    await triggerHook(plugin, 'device.deleted', { device_id: 'web-1' })
    expect(await stats()).toMatchObject({ devices: 0, readings: 60, per_device: [] })
    await triggerHook(plugin, 'device.created', { device_id: 'web-1' })
    expect(await predict('web-1', { cpu: 95 })).toMatchObject({ status: 'learning', anomalous: false })
  })
})

describe('device.metrics_updated', () => {
  it('raises exactly one alert for a sustained jump after 60 ordinary readings', async () => {
    await send('web-1', ordinary(60))
    expect(alerts()).toEqual([])
    await send('web-1', jump(30))
    expect(alerts()).toEqual([
      expect.objectContaining({
        device_id: 'web-1',
        severity: 'critical',
        title: 'Unusual cpu on web-1',
        metadata: expect.objectContaining({ metric: 'cpu', value: 96, score: expect.any(Number) }),
      }),
    ])
    const { items } = await storedAlerts()
    expect(items).toHaveLength(1)
  })

  it('raises one alert when the readings of a jump arrive all at once', async () => {
    await send('web-1', ordinary(60))
    await Promise.all(jump(20).map((metrics) => send('web-1', [metrics])))
    expect(alerts()).toHaveLength(1)
    expect(await stats()).toMatchObject({ readings: 80, alerts: 1 })
  })

  it('raises one alert when several metrics jump together, and lists a detection for each', async () => {
    await send('web-1', ordinary(60))
    await send('web-1', jump(10).map((metrics) => ({ ...metrics, memory: { used: 99 } })))
    expect(alerts()).toHaveLength(1)
    expect((await detections()).map(({ metric }) => metric).toSorted()).toEqual(['cpu', 'memory.used'])
  })

  it('raises none for a device that always reads 95 %', async () => {
    await send('web-1', Array.from({ length: 200 }, () => ({ cpu: 95, disk: { used: 95 } })))
    expect(await stats()).toMatchObject({ readings: 200, detections: 0, alerts: 0 })
  })

  it('raises none for single spikes, and none for a metric that leaves zero for a moment', async () => {
    const spikes = ordinary(300).map((metrics, index) => ({
      ...metrics,
      cpu: index % 12 === 0 ? 100 : metrics.cpu,
      errors: index % 20 === 0 ? 3 : 0,
    }))
    await send('web-1', spikes)
    expect(await stats()).toMatchObject({ readings: 300, detections: 0, alerts: 0 })
  })

  it('tries again when the alert could not be raised, and counts the event once', async () => {
    await send('web-1', ordinary(60))
    plugin.api.respondWith('POST', '/alerts', { status: 503 }, { times: 1 })
    const reports = await send('web-1', jump(5))
    const failed = reports.find(({ errors }) => errors.length > 0)
    expect(await stats()).toMatchObject({ readings: 65, alerts: 0 })

    await failed?.redeliver()
    await failed?.redeliver()
    expect((await storedAlerts()).items).toHaveLength(1)
    expect(await stats()).toMatchObject({ readings: 65, detections: 1, alerts: 1 })
  })
})

describe('filter device.data.process', () => {
  it('adds the anomaly score of the last reading', async () => {
    await send('web-1', [...ordinary(60), { cpu: 99 }])
    const result = await triggerFilter(plugin, 'device.data.process', { id: 'web-1', metadata: { rack: 7 } })
    expect(result).toEqual({ id: 'web-1', metadata: { rack: 7, anomaly_score: expect.any(Number) } })
    expect(result).toHaveProperty('metadata.anomaly_score', expect.toSatisfy((score) => score > 5))
  })

  it('gives a device that is new the score 0', async () => {
    for (const value of [{ id: 'new', name: 'New' }, { name: 'No id yet' }, { id: 'new', metadata: null }]) {
      const { value: result, errors } = await plugin.filterReport('device.data.process', value)
      expect(errors).toEqual([])
      expect(result).toMatchObject({ ...value, metadata: { anomaly_score: 0 } })
    }
  })
})

describe('POST /predict', () => {
  it('scores each metric and learns nothing from it', async () => {
    await send('web-1', ordinary(60))
    const prediction = await predict('web-1', { cpu: 96, memory: { used: 40 }, os: 'linux' })
    expect(prediction).toMatchObject({
      status: 'ready',
      anomalous: true,
      scores: { cpu: { value: 96, anomalous: true }, 'memory.used': { anomalous: false } },
    })
    expect(prediction.scores).not.toHaveProperty('os')
    expect(await stats()).toMatchObject({ readings: 60 })
  })

  it('knows nothing of a device it never saw', async () => {
    expect(await predict('web-9', { cpu: 96 })).toMatchObject({
      status: 'unknown',
      anomalous: false,
      score: 0,
      scores: { cpu: { score: null } },
    })
  })

  it('answers 422 to a body that is not valid', async () => {
    const response = await plugin.request('/predict', { json: { device_id: '', metrics: 5 } })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ pointer: '/body/device_id' }, { pointer: '/body/metrics' }] })
  })
})

describe('GET /stats', () => {
  it('counts readings, devices, detections and alerts', async () => {
    await send('web-1', [...ordinary(60), ...jump(10)])
    await send('web-2', ordinary(5))
    expect(await stats()).toEqual({
      since: expect.any(String),
      readings: 75,
      devices: 2,
      detections: 1,
      alerts: 1,
      per_device: expect.arrayContaining([
        expect.objectContaining({ device_id: 'web-1', readings: 70, alerts: 1, ready: 2, unusual: ['cpu'] }),
        expect.objectContaining({ device_id: 'web-2', readings: 5, learning: 2, unusual: [] }),
      ]),
    })
  })
})

describe('GET /detections', () => {
  it('lists the newest first, up to the limit', async () => {
    for (const id of ['web-1', 'web-2', 'web-3']) await send(id, [...ordinary(60), ...jump(10)])
    expect((await detections()).map(({ device_id }) => device_id)).toEqual(['web-3', 'web-2', 'web-1'])
    expect((await detections({ limit: 2 })).map(({ device_id }) => device_id)).toEqual(['web-3', 'web-2'])
    expect(await detections({ device_id: 'web-2' })).toMatchObject([{ metric: 'cpu', severity: 'critical' }])
  })

  it.each(['0', '501', '-1', '1.5', 'many', ''])('answers 422 to the limit %j', async (limit) => {
    expect((await plugin.request('/detections', { query: { limit } })).status).toBe(422)
  })
})

describe('train_model', () => {
  it('runs every hour', async () => {
    expect(await plugin.scheduler.getTasks()).toMatchObject([{ name: 'train_model', cron: '0 * * * *' }])
    await plugin.disable()
    await plugin.enable()
    expect(await plugin.scheduler.getTasks()).toHaveLength(1)
  })

  it('learns the devices of all pages from their history', async () => {
    const random = seededRandom(1)
    const ids = Array.from({ length: 1_003 }, (_, index) => `web-${index}`)
    const trained = ['web-0', 'web-500', 'web-1002']
    plugin = await startPlugin({
      seed: {
        devices: ids.map((id) => device({ id })),
        metrics: trained.flatMap((id) => history(id, Array.from({ length: 100 }, () => ({ cpu: 20 + random() })))),
      },
    })
    expect(await plugin.scheduler.trigger('train_model')).toEqual({ devices: 1_003, metrics: 3 })
    for (const id of trained) {
      expect(await predict(id, { cpu: 90 })).toMatchObject({ status: 'ready', anomalous: true })
      expect(await predict(id, { cpu: 20.5 })).toMatchObject({ status: 'ready', anomalous: false })
    }
  })

  it('learns from the latest readings only, as many as the settings say', async () => {
    const readings = [...Array(400).fill({ cpu: 20 }), ...Array(100).fill({ cpu: 70 })]
    plugin = await startPlugin({
      config: { training_readings: 100 },
      seed: { devices: [device({ id: 'web-1' })], metrics: history('web-1', readings) },
    })
    await runTask(plugin, 'train_model')
    expect(await predict('web-1', { cpu: 70 })).toMatchObject({ scores: { cpu: { expected: 70, score: 0 } } })
  })

  it('goes on with the other devices when one fails, and says which failed', async () => {
    plugin = await startPlugin({
      seed: {
        devices: [device({ id: 'web-1' }), device({ id: 'web-2' })],
        metrics: ['web-1', 'web-2'].flatMap((id) => history(id, Array(100).fill({ cpu: 20 }))),
      },
    })
    plugin.api.respondWith('GET', '/devices/web-1/metrics', { status: 500 })
    await expect(runTask(plugin, 'train_model')).rejects.toThrow(/1 of 2 devices .* web-1/)
    expect(await predict('web-2', { cpu: 20 })).toMatchObject({ status: 'ready' })
  })

  it('stops when it is told to', async () => {
    plugin = await startPlugin({ seed: { devices: [device({ id: 'web-1' })] } })
    const signal = AbortSignal.abort(new Error('shutting down'))
    await expect(runTask(plugin, 'train_model', null, { signal })).rejects.toThrow('shutting down')
  })
})

describe('config', () => {
  it('counts from the next reading on', async () => {
    await send('web-1', ordinary(60))
    await plugin.config.replacePlatformValues({ alerting: false })
    await send('web-1', jump(10))
    expect(alerts()).toEqual([])
    expect(await detections()).toMatchObject([{ metric: 'cpu', alert_id: null }])
    expect(plugin.logger.getLogs({ message: 'New settings' })).toMatchObject([{ settings: { alerting: false } }])
  })

  it('leaves the metrics alone that are to be ignored', async () => {
    await plugin.config.replacePlatformValues({ ignore: ['cpu'] })
    await send('web-1', [...ordinary(60), ...jump(10)])
    expect(await detections()).toEqual([])
  })

  it('is not written when the plugin is loaded', () => {
    expect(plugin.config.all()).toEqual({})
    expect(readFileSync(new URL('config.yaml', import.meta.url), 'utf8')).toContain('sensitivity: normal')
  })
})

describe('logger', () => {
  it('tells of each detection with its numbers', async () => {
    await send('web-1', [...ordinary(60), ...jump(10)])
    expect(plugin.logger.getLogs({ level: 'warning' })).toMatchObject([
      { message: 'Unusual cpu on web-1', value: 96, score: expect.any(Number), alert_id: expect.any(String) },
    ])
    expect(plugin.logger.getLogs({ level: 'error' })).toEqual([])
  })
})

async function startPlugin(options: TestPluginOptions = {}): Promise<TestPlugin> {
  const started = createTestPlugin(real, options)
  await started.install()
  await started.enable()
  return started
}
