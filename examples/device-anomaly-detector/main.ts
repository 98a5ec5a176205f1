import { Plugin } from '@ops-center/plugin-sdk'
import * as z from 'zod'
import { addAnomalyScore } from './src/add-anomaly-score.js'
import { MAX_DETECTIONS, readDetections } from './src/detection-log.js'
import { forgetDevice, prepareStorage, startDevice } from './src/device-store.js'
import { predict } from './src/predict.js'
import { readStats } from './src/stats.js'
import { trainModel } from './src/train-model.js'
import { watchReading } from './src/watch-reading.js'

export const plugin = new Plugin({
  id: 'device-anomaly-detector',
  name: 'Device Anomaly Detector',
  version: '1.0.0',
  description:
    'Learns what is usual for each metric of each device, and raises one alert when it no longer is.',
  author: 'Ops-Center',
  type: 'backend',
  category: 'monitoring',
  license: 'Apache-2.0',
  permissions: ['devices:read', 'alerts:write'],
})

plugin.onInstall(() => prepareStorage(plugin.storage))

// Runs again whenever the platform restarts the plugin: scheduling a name twice leaves one task.
plugin.onEnable(async () => {
  await prepareStorage(plugin.storage)
  await plugin.scheduler.schedule('0 * * * *', 'train_model')
  plugin.logger.info('Watching devices, training every hour')
})

plugin.onConfigChange(({ new_config }) => {
  plugin.logger.info('New settings count from the next reading on', { settings: new_config })
})

plugin.hook('device.created', ({ device_id }) => startDevice(plugin.storage, device_id))

plugin.hook('device.deleted', ({ device_id }) => forgetDevice(plugin.storage, device_id))

plugin.hook('device.metrics_updated', ({ device_id, metrics }, { event: { event_id, occurred_at } }) =>
  watchReading(plugin, { device_id, metrics, event_id, occurred_at }),
)

plugin.filterHook('device.data.process', (device) => addAnomalyScore(plugin, device))

plugin.task('train_model', (_args, { signal }) => trainModel(plugin, signal))

plugin.route(
  '/predict',
  {
    methods: ['POST'],
    body: z.object({ device_id: z.string().min(1), metrics: z.record(z.string(), z.unknown()) }),
    summary: 'How unusual would this reading be?',
  },
  ({ body }) => predict(plugin, body.device_id, body.metrics),
)

plugin.route('/stats', { methods: ['GET'], summary: 'What was counted and learnt so far' }, () =>
  readStats(plugin.storage),
)

plugin.route(
  '/detections',
  {
    methods: ['GET'],
    query: z.object({
      limit: z.coerce.number().int().min(1).max(MAX_DETECTIONS).default(50),
      device_id: z.string().optional(),
    }),
    summary: 'The latest detections, newest first',
  },
  async ({ query: { limit, device_id } }) => ({
    detections: await readDetections(plugin.storage, { limit, deviceId: device_id }),
  }),
)

export default plugin
