import type { PluginSource } from './build-plugin.js'

/** Keeps what each delivery was about, under a key of its own, before it acknowledges it; tells how often it heard what. */
export const witness: PluginSource = {
  id: 'witness',
  permissions: ['devices:read', 'alerts:read'],
  code: `
    let heard = 0
    const start = Math.random().toString(36).slice(2)
    const keep = (name, about) => plugin.hook(name, (payload) =>
      plugin.storage.set('heard/' + start + '/' + heard++, name + ' ' + about(payload)), { name: 'keep ' + name })
    keep('device.metrics_updated', ({ metrics }) => metrics.value)
    keep('device.created', ({ device_id }) => device_id)
    keep('device.updated', ({ device_data }) => device_data.name)
    keep('alert.created', ({ alert_data }) => alert_data.title)
    plugin.route('/heard', { methods: ['GET'] }, async () => {
      const counts = {}
      for (const [, what] of await plugin.storage.entries('heard/*')) counts[what] = (counts[what] ?? 0) + 1
      return counts
    })
  `,
}
