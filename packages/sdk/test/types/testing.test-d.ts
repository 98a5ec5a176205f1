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

export async function callers(): Promise<void> {
  const plugin = createTestPlugin('typed')
  await plugin.request('/limits', { method: 'PUT', json: {}, caller: { permissions: ['devices:read'] } })
  // @ts-expect-error a misspelt field
  await plugin.request('/limits', { caller: { permission: '*' } })
  const socket = await plugin.connect('/live', { protocols: ['v1'], caller: { id: 'ann', role: 'viewer' } })
  socket.send(new Uint8Array())
  // @ts-expect-error undefined while it is open
  socket.closed.code.toFixed()
}
