import { z } from 'zod'
import { Plugin } from '../../src/plugin.js'

/** As an author's module: everything is registered before any test sees it, against the services of the plugin. */
export function authorsPlugin() {
  const plugin = new Plugin({
    id: 'pressure-guard',
    name: 'Pressure Guard',
    version: '1.2.0',
    permissions: ['devices:read', 'alerts:write'],
    config_schema: {
      type: 'object',
      properties: { limit: { type: 'number', default: 8 }, token: { type: 'string', sensitive: true } },
    },
  })
  const changes: unknown[] = []
  plugin.onConfigChange(({ new_config }) => {
    changes.push(new_config.limit)
  })
  plugin.onEnable(async () => {
    await plugin.scheduler.schedule('0 * * * *', 'report')
  })
  plugin.hook('device.metrics_updated', async ({ device_id, metrics }) => {
    await plugin.storage.update<number>('seen', (seen = 0) => seen + 1)
    const pressure = Number(metrics.pressure)
    if (pressure <= plugin.config.get('limit', 0)) return 'fine'
    plugin.logger.warning('Too high', { device_id })
    await plugin.api.alerts.create({ severity: 'warning', title: `Pressure ${pressure}`, device_id })
    return 'alerted'
  })
  plugin.filterHook('device.data.process', (value) => ({ ...value, guarded: true }))
  plugin.task('report', async () => {
    const { devices } = await plugin.api.devices.list()
    return devices.length
  })
  plugin.route('/limit', { methods: ['POST'], body: z.object({ of: z.string() }) }, ({ body, query }) => ({
    of: body.of,
    limit: plugin.config.get('limit'),
    unit: query.unit,
  }))
  return { plugin, changes }
}
