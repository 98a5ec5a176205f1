import type { PluginSource } from './build-plugin.js'

/** A plugin that keeps each event it hears in its storage, and can be told to misbehave. */
export const recorder: PluginSource = {
  id: 'recorder',
  permissions: ['devices:read', 'alerts:write', 'alerts:read'],
  code: `
    plugin.onInstall(() => plugin.storage.set('lifecycle', ['install']))
    for (const phase of ['Enable', 'Disable', 'Uninstall']) {
      plugin['on' + phase](() => plugin.storage.update('lifecycle', (done = []) => [...done, phase.toLowerCase()]))
    }
    plugin.hook('device.metrics_updated', async ({ device_id, metrics }, { event }) => {
      if (metrics.crash === 'once' && !(await plugin.storage.exists('crashed'))) {
        await plugin.storage.set('crashed', true)
        process.exit(1)
      }
      if (metrics.crash === 'always') process.exit(1)
      await plugin.storage.update('events', (ids = []) => [...ids, event.event_id])
    }, { name: 'record' })
    plugin.filterHook('device.data.process', (device) => ({ ...device, metadata: { ...device.metadata, seen: true } }))
    plugin.route('/events', { methods: ['GET'] }, async () => {
      const ids = await plugin.storage.get('events', [])
      return { count: ids.length, distinct: new Set(ids).size }
    })
    plugin.route('/lifecycle', { methods: ['GET'] }, () => plugin.storage.get('lifecycle', []))
    plugin.route('/open', { methods: ['GET'], auth: 'none' }, () => ({ open: true }))
    plugin.route('/echo', { methods: ['POST'] }, ({ body, query, request }) => ({
      body, query, authorization: request.headers.get('authorization'),
    }))
    plugin.route('/ticks', { methods: ['GET'] }, () => plugin.storage.get('ticks', 0))
    plugin.task('tick', () => plugin.storage.update('ticks', (count = 0) => count + 1), { cron: '* * * * * *' })
  `,
}
