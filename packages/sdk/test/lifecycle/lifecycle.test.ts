import { describe, expect, it } from 'vitest'
import { Plugin } from '../../src/plugin.js'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { triggerFilter, triggerHook } from '../../src/testing/trigger.js'

/** A plugin that notes which of its handlers ran. */
function notingPlugin() {
  const plugin = createTestPlugin('noting')
  const calls: string[] = []
  plugin.onInstall(() => void calls.push('install'))
  plugin.onEnable(async () => void calls.push('enable'))
  plugin.onDisable(() => void calls.push('disable'))
  plugin.onUpdate(({ from, to }) => void calls.push(`update ${from} ${to}`))
  plugin.onUninstall(() => void calls.push('uninstall'))
  return { plugin, calls }
}

describe('the lifecycle', () => {
  it('goes from one state to the next and runs the handlers of each phase', async () => {
    const { plugin, calls } = notingPlugin()
    const states: string[] = [plugin.state]
    for (const phase of ['install', 'enable', 'disable', 'enable', 'uninstall'] as const) {
      await plugin[phase]()
      states.push(plugin.state)
    }
    expect(states).toEqual(['ready', 'installed', 'enabled', 'disabled', 'enabled', 'uninstalled'])
    expect(calls).toEqual(['install', 'enable', 'disable', 'enable', 'disable', 'uninstall'])
  })

  it('runs a phase once however often it is asked for', async () => {
    const { plugin, calls } = notingPlugin()
    await Promise.all([plugin.install(), plugin.install()])
    await Promise.all([plugin.enable(), plugin.enable(), plugin.enable()])
    await plugin.install()
    await Promise.all([plugin.disable(), plugin.disable()])
    await Promise.all([plugin.uninstall(), plugin.uninstall()])
    await plugin.disable()
    expect(calls).toEqual(['install', 'enable', 'disable', 'uninstall'])
  })

  it('runs phases one after the other', async () => {
    const plugin = createTestPlugin('slow')
    const order: string[] = []
    plugin.onEnable(async () => {
      order.push('enable begins')
      await new Promise((resolve) => setImmediate(resolve))
      order.push('enable ends')
    })
    plugin.onDisable(() => void order.push('disable'))
    await Promise.all([plugin.enable(), plugin.disable()])
    expect(order).toEqual(['enable begins', 'enable ends', 'disable'])
    expect(plugin.state).toBe('disabled')
  })

  it('does not count a plugin as enabled whose onEnable threw, and says why', async () => {
    const plugin = createTestPlugin('failing')
    let isBroken = true
    plugin.onEnable(() => {
      if (isBroken) throw new Error('the model is missing')
    })
    plugin.hook('device.created', () => 'awake')
    await expect(plugin.enable()).rejects.toMatchObject({
      code: 'lifecycle_failed',
      phase: 'enable',
      message: 'Plugin "failing" failed to enable: the model is missing',
      cause: { message: 'the model is missing' },
    })
    expect([plugin.state, plugin.stateReason, plugin.isActive]).toEqual([
      'error',
      'the model is missing',
      false,
    ])
    expect((await triggerHook(plugin, 'device.created')).results).toEqual([])
    isBroken = false
    await plugin.enable()
    expect([plugin.state, plugin.stateReason]).toEqual(['enabled', undefined])
  })

  it('stops at the first handler that fails', async () => {
    const plugin = createTestPlugin('failing')
    const order: number[] = []
    plugin.onInstall(() => void order.push(1))
    plugin.onInstall(() => Promise.reject(new Error('second')))
    plugin.onInstall(() => void order.push(3))
    await expect(plugin.install()).rejects.toThrow('second')
    expect(order).toEqual([1])
  })

  it('does not count a plugin as enabled whose tasks cannot be scheduled', async () => {
    const plugin = createTestPlugin('bad-cron')
    plugin.task('train', () => {}, { cron: 'not a cron' })
    await expect(plugin.enable()).rejects.toThrow(/not a cron/)
    expect(plugin.state).toBe('error')
  })

  it('tells an update which versions it is between, and stays in its state', async () => {
    const { plugin, calls } = notingPlugin()
    await plugin.enable()
    await plugin.update({ from: '1.0.0', to: '1.1.0' })
    expect([calls, plugin.state]).toEqual([['enable', 'update 1.0.0 1.1.0'], 'enabled'])
  })

  it('refuses a phase that would wait for itself', async () => {
    const plugin = createTestPlugin('reentrant')
    plugin.onInstall(() => plugin.enable())
    await expect(plugin.install()).rejects.toThrow(/cannot enable from within its install handler/)
    expect(plugin.state).toBe('error')
  })

  it('allows a phase that a handler only left behind', async () => {
    const plugin = createTestPlugin('later')
    let resolve = () => {}
    const later = new Promise<void>((done) => {
      resolve = done
    })
    let disabled: Promise<void> | undefined
    plugin.onEnable(() => {
      disabled = later.then(() => plugin.disable())
    })
    await plugin.enable()
    resolve()
    await disabled
    expect(plugin.state).toBe('disabled')
  })

  it('forgets a handler that was taken back', async () => {
    const plugin = createTestPlugin('taken-back')
    const calls: string[] = []
    const off = plugin.onEnable(() => void calls.push('enable'))
    off()
    await plugin.enable()
    expect(calls).toEqual([])
  })
})

describe('a disabled plugin', () => {
  it('rests: hooks, filters, routes and tasks, until it is enabled again', async () => {
    const plugin = createTestPlugin('resting')
    plugin.hook('device.created', () => 'awake')
    plugin.filterHook('device.data.process', (value) => ({ ...value, seen: true }))
    plugin.route('/', { methods: ['GET'] }, () => ({ awake: true }))
    const runs: string[] = []
    plugin.task('single', () => void runs.push('single'))
    await plugin.scheduler.runIn('10m', 'single')
    await plugin.scheduler.schedule('*/5 * * * *', 'every_five', () => void runs.push('cron'))
    await plugin.disable()

    expect((await triggerHook(plugin, 'device.created')).results).toEqual([])
    expect(await triggerFilter(plugin, 'device.data.process', { id: 1 })).toEqual({ id: 1 })
    const response = await plugin.request('/')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30'])
    await plugin.scheduler.advance('1h')
    expect([runs, plugin.logger.getLogs({ level: 'error' })]).toEqual([[], []])

    await plugin.enable()
    expect((await triggerHook(plugin, 'device.created')).results).toHaveLength(1)
    expect(await triggerFilter(plugin, 'device.data.process', { id: 1 })).toEqual({ id: 1, seen: true })
    expect((await plugin.request('/')).status).toBe(200)
    await plugin.scheduler.advance('1s')
    expect(runs).toContain('single')
    await plugin.scheduler.advance('11m')
    expect(runs.filter((name) => name === 'cron').length).toBeGreaterThan(1)
  })

  it('keeps nothing scheduled once it is uninstalled', async () => {
    const plugin = createTestPlugin('gone')
    plugin.task('hourly', () => {}, { cron: '0 * * * *' })
    await plugin.enable()
    expect(await plugin.scheduler.getTasks()).toHaveLength(1)
    await plugin.uninstall()
    expect(await plugin.scheduler.getTasks()).toEqual([])
  })
})

describe('a plugin without a host', () => {
  it('works at once, before anybody installed or enabled it', async () => {
    const plugin = new Plugin({ id: 'script', name: 'Script', version: '1.0.0' })
    plugin.hook('plugin.enabled', () => 'heard')
    const report = await plugin.emit('plugin.enabled', { plugin_id: 'other', version: '1.0.0' })
    expect([plugin.state, report.results.length]).toEqual(['ready', 1])
  })

  it('schedules the tasks that have a cron of their own when it is enabled, once', async () => {
    const plugin = createTestPlugin('cron')
    plugin.task('hourly', () => {}, { cron: '0 * * * *' })
    plugin.task('by_hand', () => {})
    await plugin.enable()
    await plugin.disable()
    await plugin.enable()
    expect(await plugin.scheduler.getTasks()).toMatchObject([{ task_id: 'hourly', cron: '0 * * * *' }])
  })
})
