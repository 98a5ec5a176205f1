// Checked by the compiler: a line under @ts-expect-error that compiles is an error.
import {
  createTestPlugin,
  eventPayload,
  type MockApiClient,
  type MockStorage,
  triggerFilter,
  triggerHook,
} from '../../src/testing/index.js'

export async function kit(): Promise<void> {
  const plugin = createTestPlugin('typed', { config: { limit: 3 }, permissions: ['devices:read'] })
  const api: MockApiClient = plugin.api
  const storage: MockStorage = plugin.storage
  api.getRequests({ method: 'POST', endpoint: '/alerts' })[0]?.endpoint.startsWith('/')
  await storage.clear()

  await triggerHook(plugin, 'device.created', { device_data: { type: 'pump' } })
  await triggerHook(plugin, 'own.event', { anything: true })
  // @ts-expect-error a misspelt field
  await triggerHook(plugin, 'device.created', { device_date: {} })
  // @ts-expect-error a field of the wrong type
  await triggerHook(plugin, 'device.created', { device_data: { status: 'sleepy' } })

  const value = await triggerFilter(plugin, 'device.data.process', { name: 'Pump' })
  value.name.trim()
  const { metrics, device_id } = eventPayload('device.metrics_updated')
  device_id.trim()
  // @ts-expect-error metrics may be anything
  metrics.cpu.toFixed()
}
