import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from './build-plugin.js'
import { startTestPlatform, type TestPlatform } from './test-platform.js'

/** A plugin that goes wrong in the way an event tells it to. */
const clumsy: PluginSource = {
  id: 'clumsy',
  permissions: ['devices:read'],
  resources: { memory: '64MB', timeout: '2s' },
  code: `
    import * as net from 'node:net'
    const ways = {
      throw: () => { throw new Error('thrown') },
      reject: async () => { throw new Error('rejected') },
      later: () => { setTimeout(() => { throw new Error('thrown later') }) },
      exit: () => process.exit(7),
      never: () => new Promise(() => {}),
      block: () => { for (;;) {} },
      allocate: () => { const all = []; for (;;) all.push(new Array(100000).fill(all.length)) },
      flood: async () => {
        for (let turn = 0; turn < 100; turn += 1) {
          for (let line = 0; line < 200; line += 1) console.log('x'.repeat(200))
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
      sockets: () => { for (let i = 0; i < 2000; i += 1) net.connect(1, '127.0.0.1').on('error', () => {}) },
    }
    plugin.hook('clumsy.do', ({ way }) => ways[way]?.(), { name: 'clumsy', retries: 0 })
    plugin.filterHook('device.data.process', (device) => device.metadata.way ? ways[device.metadata.way]() : device)
    plugin.route('/fine', { methods: ['GET'] }, () => ({ fine: true }))
    plugin.route('/do/:way', { methods: ['GET'] }, ({ params }) => ways[params.way]())`,
}

const careful: PluginSource = {
  id: 'careful',
  permissions: ['devices:read'],
  code: `
    plugin.hook('device.metrics_updated', (_payload, { event }) =>
      plugin.storage.update('heard', (ids = []) => [...ids, event.event_id]))
    plugin.route('/heard', { methods: ['GET'] }, async () => (await plugin.storage.get('heard', [])).length)`,
}

describe('a plugin that goes wrong', () => {
  let platform: TestPlatform
  const patience = { timeout: 50_000, interval: 50 }
  const tell = (way: string) => platform.api('POST', '/events', { event: 'clumsy.do', payload: { way } })
  const deadLetters = async () => {
    const { dead_letters } = await platform.api<{
      dead_letters: { payload: { way: string }; error: string }[]
    }>('GET', '/events/dead-letters')
    return dead_letters
  }

  /** Forgets the crashes so far; a plugin that is still busy going wrong fails to disable, and is stopped all the same. */
  const renew = async () => {
    await platform.api('POST', '/plugins/clumsy/disable').catch(() => undefined)
    await platform.api('POST', '/plugins/clumsy/enable')
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.run(careful)
    await platform.run({ ...clumsy, hooks: [] })
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
  })
  afterAll(() => platform.close())

  it.each([
    ['throw', 'thrown'],
    ['reject', 'rejected'],
    ['exit', 'The plugin ended with exit code 7'],
    ['never', 'took longer than'],
    ['block', 'did not answer'],
    ['allocate', 'heap out of memory'],
  ])(
    'by %s: the event becomes a dead letter that says why, and the plugin serves on',
    { timeout: 60_000 },
    async (way, why) => {
      await tell(way)
      const letter = await vi.waitFor(async () => {
        const found = (await deadLetters()).find(({ payload }) => payload.way === way)
        expect(found).toBeDefined()
        return found
      }, patience)
      expect(letter?.error).toContain(why)
      await vi.waitFor(() => platform.route('GET', '/plugins/clumsy/fine'), patience)
    },
  )

  it('hurts nobody else: the API answers, and the other plugin hears everything meanwhile', {
    timeout: 60_000,
  }, async () => {
    await renew()
    const before = await platform.route<number>('GET', '/plugins/careful/heard')
    for (const way of ['block', 'flood', 'sockets', 'later']) {
      await tell(way)
      for (let index = 0; index < 5; index += 1) {
        await platform.api('POST', '/devices/pump/metrics', { cpu: index })
      }
    }
    await vi.waitFor(async () => {
      expect(await platform.route('GET', '/plugins/careful/heard')).toBe(before + 20)
    }, patience)
  })

  it('keeps a flood of output within bounds, and says that lines were dropped', {
    timeout: 60_000,
  }, async () => {
    // What it was told before may end it yet, in the middle of this.
    await vi.waitFor(
      async () =>
        expect(await platform.api('GET', '/plugins/clumsy/health')).toMatchObject({ deliveries_waiting: 0 }),
      patience,
    )
    await renew()
    await tell('flood')
    await vi.waitFor(async () => {
      const { logs } = await platform.api<{ logs: { message: string }[] }>(
        'GET',
        '/plugins/clumsy/logs?lines=10000',
      )
      expect(logs.length).toBeLessThan(10_001)
      expect(logs.some(({ message }) => message.includes('lines were dropped'))).toBe(true)
    }, patience)
  })

  it('does not keep a request waiting: a filter that is late is skipped', { timeout: 60_000 }, async () => {
    await renew()
    const device = await platform.api(
      'POST',
      '/devices',
      { name: 'Late', type: 'pump', metadata: { way: 'never' } },
      201,
    )
    expect(device.metadata).toEqual({ way: 'never' })
    await vi.waitFor(async () => {
      const { logs } = await platform.api<{ logs: { message: string }[] }>(
        'GET',
        '/plugins/clumsy/logs?level=error',
      )
      expect(logs.some(({ message }) => message.includes('was skipped'))).toBe(true)
    }, patience)
  })

  it('answers 502 where it breaks off, and 500 where it throws', { timeout: 60_000 }, async () => {
    await renew()
    await platform.route('GET', '/plugins/clumsy/do/throw', undefined, 500)
    await platform.route('GET', '/plugins/clumsy/do/exit', undefined, 502)
  })

  it('by blocking in a route is ended long before its caller had to give up', {
    timeout: 60_000,
  }, async () => {
    await renew()
    const asked = performance.now()
    expect(await platform.route('GET', '/plugins/clumsy/do/block', undefined, 502)).toMatchObject({
      detail: 'Plugin "clumsy" broke off the connection',
    })
    // The answer itself has a minute.
    expect(performance.now() - asked).toBeLessThan(45_000)
    await vi.waitFor(() => platform.route('GET', '/plugins/clumsy/fine'), patience)
    const { logs } = await platform.api<{ logs: { message: string }[] }>('GET', '/plugins/clumsy/logs')
    expect(logs.map(({ message }) => message)).toContain('The plugin answers nothing any more: it is ended')
  })

  it('is left alone after it crashed again and again, and is started anew on demand', {
    timeout: 60_000,
  }, async () => {
    await vi.waitFor(
      async () => {
        await platform.route('GET', '/plugins/clumsy/do/exit').catch(() => undefined)
        expect(await platform.api('GET', '/plugins/clumsy/health', undefined, 503)).toMatchObject({
          state: 'error',
        })
      },
      { timeout: 50_000, interval: 20 },
    )
    const { plugins } = await platform.api<{ plugins: { plugin_id: string; reason: string }[] }>(
      'GET',
      '/plugins/installed',
    )
    expect(plugins.find(({ plugin_id }) => plugin_id === 'clumsy')?.reason).toContain('crashed')
    expect(await platform.route('GET', '/plugins/clumsy/fine', undefined, 503)).toMatchObject({
      detail: 'Plugin "clumsy" has failed, and does not run until it is enabled again',
    })
    await platform.api('POST', '/plugins/clumsy/enable')
    expect(await platform.route('GET', '/plugins/clumsy/fine')).toEqual({ fine: true })
  })
})
