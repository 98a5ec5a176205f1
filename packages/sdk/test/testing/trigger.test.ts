import { describe, expect, it } from 'vitest'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { device } from '../../src/testing/fixtures.js'
import { runTask, triggerFilter, triggerHook } from '../../src/testing/trigger.js'
import { authorsPlugin } from './authors-plugin.js'

describe('triggerHook', () => {
  it('runs the handlers by priority, lower first, like the platform', async () => {
    const plugin = createTestPlugin('order')
    const order: string[] = []
    plugin.hook('device.created', () => void order.push('late'), { priority: 20 })
    plugin.hook('device.created', () => void order.push('early'), { priority: 1 })
    plugin.hook('device.*', () => void order.push('default'))
    await triggerHook(plugin, 'device.created')
    expect(order).toEqual(['early', 'default', 'late'])
  })

  it('reports failures instead of throwing', async () => {
    const plugin = createTestPlugin('failing')
    plugin.hook('device.created', function explode() {
      throw new Error('boom')
    })
    const report = await triggerHook(plugin, 'device.created')
    expect(report.errors).toMatchObject([{ handler: 'explode', error: { message: 'boom' } }])
  })

  it('passes payloads of own events as they are', async () => {
    const plugin = createTestPlugin('own')
    const payloads: unknown[] = []
    plugin.hook('*', (payload) => void payloads.push(payload))
    await triggerHook(plugin, 'prediction.completed', { confidence: 0.9 })
    expect(payloads).toEqual([{ confidence: 0.9 }])
  })

  it('reaches nobody while the plugin is disabled', async () => {
    const plugin = createTestPlugin('asleep')
    plugin.hook('device.created', () => 'awake')
    await plugin.disable()
    expect((await triggerHook(plugin, 'device.created')).results).toEqual([])
  })
})

describe('triggerFilter and runTask', () => {
  it('give what the filters made of a value', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin)
    expect(await triggerFilter(plugin, 'device.data.process', { name: 'Pump' })).toEqual({
      name: 'Pump',
      guarded: true,
    })
  })

  it('give what a task returned, or throw what it threw', async () => {
    const plugin = createTestPlugin(authorsPlugin().plugin, { seed: { devices: [device(), device()] } })
    expect(await runTask(plugin, 'report')).toBe(2)
    await expect(runTask(plugin, 'nothing')).rejects.toThrow(/no task "nothing".*report/)
    plugin.api.respondWith('GET', '/devices', { status: 503 })
    await expect(runTask(plugin, 'report')).rejects.toMatchObject({ status: 503 })
    await plugin.disable()
    await expect(runTask(plugin, 'report')).rejects.toMatchObject({ code: 'plugin_disabled' })
  })

  it('hand a task its arguments as the platform does: a copy, with where it stands in time', async () => {
    const plugin = createTestPlugin('tasks', { now: '2024-01-27T10:30:00Z' })
    plugin.task('echo', (args, { scheduledFor, taskId }) => ({
      args,
      at: scheduledFor.toISOString(),
      taskId,
    }))
    const args = { full: true }
    const answer = await runTask(plugin, 'echo', args)
    expect(answer).toEqual({ args, at: '2024-01-27T10:30:00.000Z', taskId: 'echo' })
    expect(answer).not.toBe(args)
  })
})
