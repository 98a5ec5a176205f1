import { describe, expect, it } from 'vitest'
import { ApiForbiddenError } from '../../src/api/errors.js'
import { Plugin } from '../../src/plugin.js'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { device } from '../../src/testing/fixtures.js'
import { triggerHook } from '../../src/testing/trigger.js'
import { authorsPlugin } from './authors-plugin.js'

describe('createTestPlugin with a real plugin', () => {
  it('runs the registered hooks against the mocks', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin)
    const report = await triggerHook(plugin, 'device.metrics_updated', {
      device_id: 'pump-7',
      metrics: { pressure: 9 },
    })
    expect(report.errors).toEqual([])
    expect(report.results.map(({ value }) => value)).toEqual(['alerted'])
    expect(plugin.api.getRequests({ method: 'POST', endpoint: '/alerts' })).toMatchObject([
      { json: { severity: 'warning', title: 'Pressure 9', device_id: 'pump-7' }, status: 201 },
    ])
    expect(await plugin.storage.get('seen')).toBe(1)
    expect(plugin.logger.getLogs({ level: 'warning' })).toMatchObject([
      { message: 'Too high', device_id: 'pump-7' },
    ])
  })

  it('has as much storage as the test says', async () => {
    const { storage } = createTestPlugin('small', { quota: { keys: 1 } })
    await storage.set('a', 1)
    await expect(storage.set('b', 1)).rejects.toMatchObject({ code: 'storage_quota_exceeded' })
  })

  it('is the very plugin, so that its module keeps working with the mocks', () => {
    const { plugin: real } = authorsPlugin()
    const plugin = createTestPlugin(real)
    expect(plugin).toBe(real)
    expect(real.api).toBe(plugin.api)
  })

  it('takes the configuration given, with the defaults of its schema', async () => {
    const { plugin: real } = authorsPlugin()
    expect(createTestPlugin(real).config.get('limit')).toBe(8)
    const plugin = createTestPlugin(real, { config: { limit: 20 } })
    const report = await triggerHook(plugin, 'device.metrics_updated', { metrics: { pressure: 9 } })
    expect(report.results.map(({ value }) => value)).toEqual(['fine'])
    expect(() => createTestPlugin(real, { config: { limit: 'high' } }).config.all()).toThrow(/limit/)
  })

  it('tells handlers of config changes that were registered before the mocks came', async () => {
    const { plugin: real, changes } = authorsPlugin()
    const plugin = createTestPlugin(real)
    await plugin.config.replacePlatformValues({ limit: 3 })
    expect(changes).toEqual([3])
  })

  it('masks secrets of the configuration in the log', () => {
    const plugin = createTestPlugin(authorsPlugin().plugin, { config: { token: 'open-sesame' } })
    plugin.config.all()
    plugin.logger.info('Sent open-sesame')
    expect(plugin.logger.getLogs().map(({ message }) => message)).toEqual(['Sent ***'])
  })

  it('may do what the manifest says, and nothing else', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin, { seed: { devices: [device({ id: 'pump-7' })] } })
    expect((await plugin.api.devices.get('pump-7')).id).toBe('pump-7')
    await expect(plugin.api.devices.delete('pump-7')).rejects.toThrow(ApiForbiddenError)
    await expect(plugin.api.devices.delete('pump-7')).rejects.toThrow(/devices:write/)
    await plugin.api.admin.devices.delete('pump-7')
    expect((await plugin.api.devices.list()).devices).toEqual([])
  })

  it('may do less where the operator granted less', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin, { permissions: ['api:devices:read'] })
    const report = await triggerHook(plugin, 'device.metrics_updated', { metrics: { pressure: 9 } })
    expect(report.errors).toMatchObject([{ error: { status: 403 } }])
    expect(plugin.logger.getLogs({ level: 'error' })).toMatchObject([
      { error: { stack: expect.any(String) } },
    ])
  })

  it('says which events the platform would not deliver', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin, { permissions: ['alerts:write'] })
    await triggerHook(plugin, 'device.metrics_updated')
    expect(plugin.logger.getLogs({ level: 'warning', message: 'devices:read' })).toHaveLength(1)
  })

  it('runs its scheduled tasks as time goes by', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin, { now: '2024-01-27T10:30:00Z' })
    await plugin.enable()
    await plugin.scheduler.advance('29m')
    expect(plugin.api.getRequests({ endpoint: '/devices' })).toHaveLength(0)
    await plugin.scheduler.advance('2h')
    expect(plugin.api.getRequests({ endpoint: '/devices' })).toHaveLength(2)
    expect(await plugin.scheduler.getTasks()).toMatchObject([{ name: 'report', runs: 2, failures: 0 }])
  })

  it('calls routes by their own path', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin)
    const response = await plugin.request('/limit', { json: { of: 'pump-7' }, query: { unit: 'bar' } })
    expect([response.status, await response.json()]).toEqual([200, { of: 'pump-7', limit: 8, unit: 'bar' }])
    expect((await plugin.request('/limit', { json: {} })).status).toBe(422)
    expect((await plugin.request('/limit')).status).toBe(405)
    await plugin.disable()
    expect((await plugin.request('/limit', { json: { of: 'pump-7' } })).status).toBe(503)
  })

  it('stops what the module scheduled for real while it was loaded', async () => {
    const plugin = new Plugin({ id: 'eager', name: 'Eager', version: '1.0.0' })
    await plugin.scheduler.schedule('* * * * *', 'eager', () => {})
    const real = plugin.scheduler
    const test = createTestPlugin(plugin)
    expect([await real.getTasks(), await test.scheduler.getTasks()]).toEqual([[], []])
  })

  it('brings fresh mocks and the first state each time', async () => {
    const { plugin: real } = authorsPlugin()
    const first = createTestPlugin(real)
    await first.storage.set('seen', 5)
    await first.disable()
    const second = createTestPlugin(real)
    expect([second.state, await second.storage.get('seen')]).toEqual(['ready', undefined])
  })

  it('can be reset to what it began with', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin, {
      config: { limit: 4 },
      storage: { seen: 1 },
      seed: { devices: [device({ id: 'pump-7' })] },
    })
    await plugin.enable()
    await triggerHook(plugin, 'device.metrics_updated', { metrics: { pressure: 9 } })
    plugin.config.set('limit', 99)
    await plugin.api.admin.devices.delete('pump-7')
    await plugin.disable()
    await plugin.reset()
    expect(plugin.state).toBe('ready')
    expect(await plugin.storage.get('seen')).toBe(1)
    expect(plugin.config.get('limit')).toBe(4)
    expect(plugin.api.getRequests()).toEqual([])
    expect((await plugin.api.admin.alerts.list()).alerts).toEqual([])
    expect((await plugin.api.devices.get('pump-7')).id).toBe('pump-7')
    expect(plugin.logger.getLogs()).toEqual([])
    expect(await plugin.scheduler.getTasks()).toEqual([])
    const report = await triggerHook(plugin, 'device.metrics_updated', { metrics: { pressure: 9 } })
    expect(report.results).toHaveLength(1)
  })
})

describe('events of the mock API', () => {
  const countingPlugin = () => {
    const plugin = new Plugin({
      id: 'counter',
      name: 'Counter',
      version: '1.0.0',
      permissions: ['devices:read'],
    })
    const heard: string[] = []
    plugin.hook('*', (_payload, { event }) => {
      heard.push(event.name)
    })
    return { plugin, heard }
  }

  it('do not trigger hooks unless asked for', async () => {
    const { plugin, heard } = countingPlugin()
    await createTestPlugin(plugin).api.admin.devices.create({ name: 'Pump', type: 'pump' })
    expect(heard).toEqual([])
  })

  it('trigger the hooks of what the plugin may read', async () => {
    const { plugin, heard } = countingPlugin()
    const { admin } = createTestPlugin(plugin, { emitEvents: true }).api
    const { id } = await admin.devices.create({ name: 'Pump', type: 'pump' })
    await admin.devices.sendMetrics(id, { pressure: 9 })
    await admin.devices.update(id, { name: 'Pump' })
    await admin.alerts.create({ severity: 'info', title: 'Not for this plugin' })
    await admin.devices.delete(id)
    expect(heard).toEqual([
      'device.created',
      'device.status_changed',
      'device.metrics_updated',
      'device.deleted',
    ])
  })
})

describe('a handler that causes its own event', () => {
  it('is cut and shown instead of running for ever', async () => {
    const plugin = createTestPlugin('looping', { emitEvents: true })
    let calls = 0
    plugin.hook('alert.created', async () => {
      calls += 1
      await plugin.api.alerts.create({ severity: 'info', title: 'Again' })
    })
    await plugin.api.alerts.create({ severity: 'info', title: 'First' })
    expect(calls).toBe(8)
    expect(plugin.logger.getLogs({ level: 'error' })[0]).toMatchObject({
      error: { message: expect.stringContaining('in a row') },
    })
  })
})

describe('createTestPlugin with an id', () => {
  it('makes a blank plugin that may do everything a plugin can', async () => {
    const plugin = createTestPlugin('blank')
    expect(plugin.metadata.id).toBe('blank')
    const { id } = await plugin.api.devices.create({ name: 'Pump', type: 'pump' })
    expect((await plugin.api.devices.get(id)).name).toBe('Pump')
    await expect(createTestPlugin('blank', { permissions: [] }).api.devices.list()).rejects.toThrow(
      /devices:read/,
    )
  })

  it('refuses an id that no plugin can have', () => {
    expect(() => createTestPlugin('../evil')).toThrow(/id/)
  })
})
