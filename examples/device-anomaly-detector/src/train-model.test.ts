import { device, runTask, type TestPluginOptions } from '@ops-center/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { drivePlugin, history, jump, type Metrics, ordinary } from '../test-support/drive-plugin.js'

/** An Ops-Center with one history per device. */
function knowing(histories: Record<string, readonly Metrics[]>): NonNullable<TestPluginOptions['seed']> {
  return {
    devices: Object.keys(histories).map((id) => device({ id })),
    metrics: Object.entries(histories).flatMap(([id, readings]) => history(id, readings)),
  }
}

it('trains the devices of all pages', async () => {
  const ids = Array.from({ length: 1_003 }, (_, index) => `web-${index}`)
  const histories = Object.fromEntries(ids.map((id, index) => [id, index % 501 === 0 ? ordinary(60) : []]))
  const { plugin, predict } = await drivePlugin({ seed: knowing(histories) })
  expect(await runTask(plugin, 'train_model')).toEqual({ devices: 1_003, metrics: 6 })
  for (const id of ['web-0', 'web-501', 'web-1002']) {
    expect(await predict(id, { cpu: 96 })).toMatchObject({ status: 'ready', anomalous: true })
  }
})

it('learns from the latest readings, as many as the settings say', async () => {
  const readings = [...Array(400).fill({ cpu: 20 }), ...Array(100).fill({ cpu: 70 })]
  const seed = knowing({ 'web-1': readings })
  const { plugin, predict } = await drivePlugin({ config: { training_readings: 100 }, seed })
  await runTask(plugin, 'train_model')
  expect(await predict('web-1', { cpu: 70 })).toMatchObject({ scores: { cpu: { expected: 70, score: 0 } } })
})

it('replaces what a few readings taught by what the history teaches', async () => {
  const { plugin, predict, send } = await drivePlugin({
    seed: knowing({ 'web-1': Array(500).fill({ cpu: 70 }) }),
  })
  await send('web-1', Array(60).fill({ cpu: 68 }))
  await runTask(plugin, 'train_model')
  expect(await predict('web-1', { cpu: 70 })).toMatchObject({ scores: { cpu: { expected: 70 } } })
})

it('neither ends an incident nor tells of it again', async () => {
  const { plugin, send, stats, alerts } = await drivePlugin({ seed: knowing({ 'web-1': ordinary(300) }) })
  await send('web-1', [...ordinary(60), ...jump(10)])
  await runTask(plugin, 'train_model')
  expect(await stats()).toMatchObject({ per_device: [{ unusual: ['cpu'] }] })
  await send('web-1', jump(10))
  expect(await stats()).toMatchObject({ detections: 1 })
  expect(await alerts()).toHaveLength(1)
})

it('keeps a level the metric has settled at, though most of its history is elsewhere', async () => {
  const settled = Array(310).fill({ cpu: 96 })
  const { plugin, send, stats } = await drivePlugin({
    seed: knowing({ 'web-1': [...ordinary(1_000), ...settled] }),
  })
  await send('web-1', [...ordinary(60), ...settled])
  await runTask(plugin, 'train_model')
  await send('web-1', [...Array(20).fill({ cpu: 96 }), ...ordinary(20)])
  expect(await stats()).toMatchObject({ detections: 1, per_device: [{ unusual: [] }] })
})

it('goes on with the other devices when one fails, and says which', async () => {
  const histories = { 'web-1': ordinary(100), 'web-2': ordinary(100) }
  const { plugin, predict } = await drivePlugin({ seed: knowing(histories) })
  plugin.api.respondWith('GET', '/devices/web-1/metrics', { status: 500 })
  await expect(runTask(plugin, 'train_model')).rejects.toThrow(/^1 of 2 devices .* web-1 \(/)
  expect(await predict('web-2', { cpu: 21 })).toMatchObject({ status: 'ready' })
})

it('leaves a metric with too short a history to the warm-up', async () => {
  const { plugin, predict } = await drivePlugin({ seed: knowing({ 'web-1': ordinary(10) }) })
  expect(await runTask(plugin, 'train_model')).toEqual({ devices: 1, metrics: 0 })
  expect(await predict('web-1', { cpu: 21 })).toMatchObject({ status: 'unknown' })
})

it('stops when it is told to', async () => {
  const { plugin } = await drivePlugin({ seed: knowing({ 'web-1': ordinary(100) }) })
  const signal = AbortSignal.abort(new Error('shutting down'))
  await expect(runTask(plugin, 'train_model', null, { signal })).rejects.toThrow('shutting down')
})
