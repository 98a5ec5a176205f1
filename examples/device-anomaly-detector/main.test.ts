import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compareManifests, loadManifest } from '@ops-center/plugin-sdk/manifest'
import { device, runTask, triggerFilter, triggerHook } from '@ops-center/plugin-sdk/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { drivePlugin, history, jump, ordinary } from './test-support/drive-plugin.js'

let detector: Awaited<ReturnType<typeof drivePlugin>>

beforeEach(async () => {
  detector = await drivePlugin()
})

describe('install and enable', () => {
  it('prepares the storage once', async () => {
    const { plugin } = detector
    const meta = await plugin.storage.get('meta')
    expect(meta).toEqual({ since: expect.stringMatching(/^\d{4}-.*Z$/) })
    await plugin.disable()
    await plugin.enable()
    expect(await plugin.storage.get('meta')).toEqual(meta)
  })

  it('is what plugin.yaml says', async () => {
    const { manifest } = await loadManifest(fileURLToPath(new URL('plugin.yaml', import.meta.url)))
    expect(compareManifests(detector.plugin.getManifest(), manifest)).toEqual([])
  })
})

describe('device.created', () => {
  it('starts a baseline', async () => {
    const report = await triggerHook(detector.plugin, 'device.created', { device_id: 'web-1' })
    expect(report.errors).toEqual([])
    expect(await detector.stats()).toMatchObject({
      devices: 1,
      per_device: [{ device_id: 'web-1', readings: 0 }],
    })
  })
})

describe('device.metrics_updated', () => {
  it('raises exactly one alert for a sustained jump after 60 ordinary readings', async () => {
    await detector.send('web-1', ordinary(60))
    expect(await detector.alerts()).toEqual([])
    await detector.send('web-1', jump(30))
    expect(await detector.alerts()).toMatchObject([
      {
        device_id: 'web-1',
        severity: 'critical',
        title: 'Unusual cpu on web-1',
        metadata: { metric: 'cpu', value: 96, expected: expect.any(Number), score: expect.any(Number) },
      },
    ])
  })

  it('raises none for a device that always reads 95 %', async () => {
    await detector.send('web-1', Array(200).fill({ cpu: 95, disk: { used: 95 } }))
    expect(await detector.stats()).toMatchObject({ readings: 200, detections: 0, alerts: 0 })
  })
})

describe('filter device.data.process', () => {
  it('adds the anomaly score of the last reading', async () => {
    await detector.send('web-1', [...ordinary(60), { cpu: 99 }])
    const value = { id: 'web-1', metadata: { rack: 7 } }
    const result = await triggerFilter(detector.plugin, 'device.data.process', value)
    expect(result).toEqual({ id: 'web-1', metadata: { rack: 7, anomaly_score: expect.any(Number) } })
    expect(result).toHaveProperty(
      'metadata.anomaly_score',
      expect.toSatisfy((score) => score > 5),
    )
  })

  it.each([{ id: 'new' }, { name: 'No id yet' }, { id: 'new', metadata: null }])(
    'gives the score 0 to %j',
    async (value) => {
      const report = await detector.plugin.filterReport('device.data.process', value)
      expect(report).toEqual({ value: { ...value, metadata: { anomaly_score: 0 } }, errors: [] })
    },
  )
})

describe('POST /predict', () => {
  it('scores each metric and learns nothing from it', async () => {
    await detector.send('web-1', ordinary(60))
    const prediction = await detector.predict('web-1', { cpu: 96, memory: { used: 40 }, os: 'linux' })
    expect(prediction).toEqual({
      device_id: 'web-1',
      status: 'ready',
      anomalous: true,
      score: prediction.scores.cpu?.score,
      scores: {
        cpu: {
          value: 96,
          score: expect.any(Number),
          expected: expect.any(Number),
          spread: expect.any(Number),
          anomalous: true,
        },
        'memory.used': expect.objectContaining({ value: 40, anomalous: false }),
      },
    })
    expect(await detector.stats()).toMatchObject({ readings: 60 })
  })

  it('knows nothing of a device it never saw', async () => {
    const unknown = { status: 'unknown', anomalous: false, score: 0, scores: { cpu: { score: null } } }
    expect(await detector.predict('web-9', { cpu: 96 })).toMatchObject(unknown)
  })

  it('answers 422 to a body that is not valid', async () => {
    const response = await detector.plugin.request('/predict', { json: { device_id: '', metrics: 5 } })
    expect(response.status).toBe(422)
    const errors = [{ pointer: '/body/device_id' }, { pointer: '/body/metrics' }]
    expect(await response.json()).toMatchObject({ errors })
  })
})

describe('GET /stats', () => {
  it('counts readings, devices, detections and alerts', async () => {
    await detector.send('web-1', [...ordinary(60), ...jump(10)])
    await detector.send('web-2', ordinary(5))
    const stats = await detector.stats()
    expect(stats).toMatchObject({
      since: expect.any(String),
      readings: 75,
      devices: 2,
      detections: 1,
      alerts: 1,
    })
    const [web1, web2] = stats.per_device.toSorted((a, b) => a.device_id.localeCompare(b.device_id))
    expect(web1).toMatchObject({ device_id: 'web-1', readings: 70, alerts: 1, ready: 2, unusual: ['cpu'] })
    expect(web2).toMatchObject({ device_id: 'web-2', readings: 5, learning: 2, ready: 0, unusual: [] })
  })
})

describe('GET /detections', () => {
  it('lists the newest first, up to the limit', async () => {
    for (const id of ['web-1', 'web-2', 'web-3']) await detector.send(id, [...ordinary(60), ...jump(10)])
    const devices = async (query = {}) => (await detector.detections(query)).map(({ device_id }) => device_id)
    expect(await devices()).toEqual(['web-3', 'web-2', 'web-1'])
    expect(await devices({ limit: 2 })).toEqual(['web-3', 'web-2'])
    expect(await devices({ device_id: 'web-2' })).toEqual(['web-2'])
  })

  it.each(['0', '501', '-1', '1.5', 'many', ''])('answers 422 to the limit %j', async (limit) => {
    expect((await detector.plugin.request('/detections', { query: { limit } })).status).toBe(422)
  })
})

describe('train_model', () => {
  it('is scheduled every hour, once', async () => {
    const { plugin } = detector
    await plugin.disable()
    await plugin.enable()
    expect(await plugin.scheduler.getTasks()).toMatchObject([{ name: 'train_model', cron: '0 * * * *' }])
    plugin.logger.clear()
    await plugin.scheduler.advance('1h')
    expect(plugin.logger.getLogs({ message: 'Training finished' })).toHaveLength(1)
  })

  it('learns what is usual from the history, without a single new reading', async () => {
    detector = await drivePlugin({
      seed: { devices: [device({ id: 'web-1' })], metrics: history('web-1', ordinary(100)) },
    })
    expect(await detector.predict('web-1', { cpu: 96 })).toMatchObject({ status: 'unknown' })
    await runTask(detector.plugin, 'train_model')
    expect(await detector.predict('web-1', { cpu: 96 })).toMatchObject({ status: 'ready', anomalous: true })
    expect(await detector.predict('web-1', { cpu: 21 })).toMatchObject({ status: 'ready', anomalous: false })
  })
})

describe('config', () => {
  it('counts from the next reading on', async () => {
    const { plugin } = detector
    await detector.send('web-1', ordinary(60))
    await plugin.config.replacePlatformValues({ alerting: false })
    await detector.send('web-1', jump(10))
    expect(await detector.alerts()).toEqual([])
    expect(await detector.detections()).toMatchObject([{ metric: 'cpu', alert_id: null }])
    expect(plugin.logger.getLogs({ message: 'New settings' })).toMatchObject([
      { settings: { alerting: false } },
    ])
  })

  it('leaves the metrics alone that are to be ignored', async () => {
    await detector.plugin.config.replacePlatformValues({ ignore: ['cpu'] })
    await detector.send('web-1', [...ordinary(60), ...jump(10)])
    expect(await detector.detections()).toEqual([])
  })

  it('is not changed by loading the plugin', () => {
    expect(detector.plugin.config.all()).toEqual({})
    expect(readFileSync(new URL('config.yaml', import.meta.url), 'utf8')).toContain('sensitivity: normal')
  })
})

describe('logger', () => {
  it('tells of each detection with its numbers', async () => {
    const { logger } = detector.plugin
    await detector.send('web-1', [...ordinary(60), ...jump(10)])
    expect(logger.getLogs({ level: 'warning' })).toMatchObject([
      { message: 'Unusual cpu on web-1', value: 96, score: expect.any(Number), alert_id: expect.any(String) },
    ])
    expect(logger.getLogs({ level: 'error' })).toEqual([])
  })
})
