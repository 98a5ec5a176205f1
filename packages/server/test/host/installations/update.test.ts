import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from '../build-plugin.js'
import { pidOf, startTestPlatform, type TestPlatform } from '../test-platform.js'

interface Shown {
  version: string
  previous_version: string | null
  state: string
  reason: string | null
  permissions: string[]
}

const clock = (version: string, code = '', changes: Record<string, unknown> = {}): PluginSource => ({
  id: 'clock',
  version,
  permissions: ['devices:read'],
  code: `
    plugin.onUpdate(({ from, to }) => plugin.storage.set('updated', { from, to }))
    plugin.hook('device.metrics_updated', (_payload, { event }) =>
      plugin.storage.update('heard', (ids = []) => [...ids, event.event_id]))
    plugin.route('/version', { methods: ['GET'] }, () => ({ version: plugin.metadata.version }))
    plugin.route('/updated', { methods: ['GET'] }, () => plugin.storage.get('updated', null))
    plugin.route('/heard', { methods: ['GET'] }, async () => (await plugin.storage.get('heard', [])).length)
    ${code}`,
  ...changes,
})

describe('updating a plugin', () => {
  let platform: TestPlatform
  const installed = async () => {
    const { plugins } = await platform.api<{ plugins: Shown[] }>('GET', '/plugins/installed')
    return plugins[0]
  }
  const version = async () =>
    (await platform.route<{ version: string }>('GET', '/plugins/clock/version')).version

  /** Asks the plugin every 10 ms while `work` goes on; every answer counts. */
  const whileAsking = async (work: () => Promise<unknown>) => {
    const answers: string[] = []
    const waiting: Promise<unknown>[] = []
    const timer = setInterval(() => waiting.push(version().then((answer) => answers.push(answer))), 10)
    try {
      await work()
    } finally {
      clearInterval(timer)
    }
    await Promise.all(waiting)
    return answers
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
    await platform.publish(clock('1.0.0'))
  })
  afterAll(() => platform.close())
  beforeEach(async () => {
    if (await installed()) await platform.api('POST', '/plugins/clock/uninstall', { purge: true })
    await platform.api('POST', '/plugins/install', { plugin_id: 'clock', version: '1.0.0', enable: true })
  })

  it('switches to the new version without a request failing, an event missing, or storage lost', async () => {
    await platform.publish(clock('1.1.0'))
    const answers = await whileAsking(async () => {
      for (let index = 0; index < 5; index += 1)
        await platform.api('POST', '/devices/pump/metrics', { cpu: index })
      await platform.api('POST', '/plugins/clock/update', { version: '1.1.0' })
      for (let index = 0; index < 5; index += 1)
        await platform.api('POST', '/devices/pump/metrics', { cpu: index })
    })
    expect(new Set(answers)).toEqual(new Set(['1.0.0', '1.1.0']))
    expect(await version()).toBe('1.1.0')
    expect(await platform.route('GET', '/plugins/clock/updated')).toEqual({ from: '1.0.0', to: '1.1.0' })
    expect(await installed()).toMatchObject({
      version: '1.1.0',
      previous_version: '1.0.0',
      state: 'enabled',
      reason: null,
    })
    await vi.waitFor(async () => expect(await platform.route('GET', '/plugins/clock/heard')).toBe(10), {
      timeout: 10_000,
    })
  })

  it('goes back to the former version', async () => {
    await platform.publish(clock('1.1.0'))
    await platform.api('POST', '/plugins/clock/rollback', undefined, 409)
    await platform.api('POST', '/plugins/clock/update')
    await platform.api('POST', '/plugins/clock/rollback')
    expect(await version()).toBe('1.0.0')
    expect(await installed()).toMatchObject({ version: '1.0.0', previous_version: '1.1.0' })
  })

  it.each([
    ['its code throws', clock('2.0.0', 'throw new Error("no such module")'), 'failed to start'],
    ['its process ends while it starts', clock('2.0.1', 'process.exit(3)'), 'exit code 3'],
    [
      'its update handler throws',
      clock('2.0.2', 'plugin.onUpdate(() => { throw new Error("bad data") })'),
      'bad data',
    ],
    [
      'its enable handler throws',
      clock('2.0.3', 'plugin.onEnable(() => { throw new Error("no model") })'),
      'no model',
    ],
    ['it is not healthy', clock('2.0.4', 'plugin.healthCheck("model", () => false)'), 'be healthy'],
  ])('leaves the old version in place when %s, and says why', async (_title, source, reason) => {
    await platform.publish(source)
    const answers = await whileAsking(() =>
      platform.api('POST', '/plugins/clock/update', { version: source.version }, 422),
    )
    expect(answers.length).toBeGreaterThan(0)
    expect(new Set(answers)).toEqual(new Set(['1.0.0']))
    expect(await installed()).toMatchObject({
      version: '1.0.0',
      state: 'enabled',
      reason: expect.stringContaining(reason),
    })
  })

  it.each([
    ['another platform', { ops_center: '>=99' }, 'Ops-Center >=99'],
    ['another Node.js', { runtime: { entrypoint: 'main.js', version: '>=99' } }, 'Node.js >=99'],
    [
      'a plugin that is missing',
      { dependencies: { plugins: { weather: '^2.0.0' } } },
      'plugin \\"weather\\" ^2.0.0',
    ],
  ])('refuses a version that needs %s', async (title, changes, detail) => {
    const wanted = `3.0.${title.length}`
    await platform.publish(clock(wanted, '', changes))
    const problem = await platform.api('POST', '/plugins/clock/update', { version: wanted }, 422)
    expect(JSON.stringify(problem)).toContain(detail)
    expect(await version()).toBe('1.0.0')
  })

  it('asks again when a version wants more permissions', async () => {
    const permissions = ['devices:read', 'alerts:write']
    await platform.publish(clock('4.0.0', '', { permissions }))
    const problem = await platform.api('POST', '/plugins/clock/update', { version: '4.0.0' }, 409)
    expect(problem.detail).toContain('alerts:write')
    expect(await version()).toBe('1.0.0')
    await platform.api('POST', '/plugins/clock/update', { version: '4.0.0', permissions })
    expect(await installed()).toMatchObject({ version: '4.0.0', permissions })
  })

  it('gives each version the permissions it was granted when it goes back and forth', async () => {
    const permissions = ['devices:read', 'alerts:write']
    await platform.publish(clock('4.0.0', '', { permissions }))
    await platform.api('POST', '/plugins/clock/update', { version: '4.0.0', permissions })
    await platform.api('POST', '/plugins/clock/rollback')
    expect(await installed()).toMatchObject({ version: '1.0.0', permissions: ['devices:read'] })
    await platform.api('POST', '/plugins/clock/rollback')
    expect(await installed()).toMatchObject({ version: '4.0.0', permissions })
  })

  it('waits for consent where nobody knows what the version before was granted', async () => {
    const permissions = ['devices:read', 'alerts:write']
    await platform.publish(clock('4.0.0', '', { permissions }))
    await platform.api('POST', '/plugins/clock/update', { version: '4.0.0', permissions })
    await platform.api('POST', '/plugins/clock/rollback')
    // As an update before this was written down left it.
    await platform.server.database.executeSql('update installations set previous_permissions = null')
    const problem = await platform.api('POST', '/plugins/clock/rollback', undefined, 409)
    expect(problem.detail).toContain('alerts:write')
    expect(await version()).toBe('1.0.0')
    await platform.api('POST', '/plugins/clock/rollback', { permissions: ['bogus:write'] }, 422)
    await platform.api('POST', '/plugins/clock/rollback', { permissions })
    expect(await installed()).toMatchObject({ version: '4.0.0', permissions })
  })

  it('goes back as if an update that waits for consent had never been asked for', async () => {
    await platform.publish(clock('1.1.0'))
    await platform.publish(clock('4.0.0', '', { permissions: ['devices:read', 'alerts:write'] }))
    await platform.api('POST', '/plugins/clock/update', { version: '1.1.0' })
    await platform.api('POST', '/plugins/clock/update', { version: '4.0.0' }, 409)
    expect(await installed()).toMatchObject({ version: '1.1.0', permissions: ['devices:read'] })
    await platform.api('POST', '/plugins/clock/rollback')
    expect(await installed()).toMatchObject({ version: '1.0.0', previous_version: '1.1.0' })
  })

  it('does not go back to a version that its configuration does not fit', async () => {
    const strict = (type: string) => ({
      config_schema: { type: 'object', properties: { limit: { type } } },
    })
    await platform.publish(clock('5.0.0', '', strict('number')))
    await platform.publish(clock('5.1.0', '', strict('string')))
    await platform.api('POST', '/plugins/clock/update', { version: '5.0.0' })
    await platform.api('POST', '/plugins/clock/update', { version: '5.1.0' })
    await platform.api('PUT', '/plugins/clock/config', { config: { limit: 'high' } })
    const { detail } = await platform.api('POST', '/plugins/clock/rollback', undefined, 422)
    expect(detail).toContain('/config/limit')
    expect(await version()).toBe('5.1.0')
  })

  it('is not undone by a restart of the former version that was under way', async () => {
    const waiting = `
      plugin.route('/wait', { methods: ['PUT'] }, ({ body }) => plugin.storage.set('wait', body.wait))
      plugin.onEnable(async () => {
        while (await plugin.storage.get('wait', false)) await new Promise((resolve) => setTimeout(resolve, 20))
      })`
    const wait = (wait: boolean) => platform.route('PUT', '/plugins/clock/wait', { wait })
    await platform.publish(clock('6.0.0', waiting))
    await platform.publish(clock('6.1.0', waiting.replace('plugin.onEnable', 'void ')))
    await platform.api('POST', '/plugins/clock/update', { version: '6.0.0' })
    await wait(true)
    process.kill(await pidOf(platform, 'clock'), 'SIGKILL')
    const logged = async () =>
      JSON.stringify(await platform.api('GET', '/plugins/clock/logs?lines=20')).includes(
        'Restarting the plugin',
      )
    await vi.waitFor(async () => expect(await logged()).toBe(true), { timeout: 10_000 })
    await platform.api('POST', '/plugins/clock/update', { version: '6.1.0' })
    const pid = await pidOf(platform, 'clock')
    await wait(false)
    const answers = await whileAsking(() => platform.api('POST', '/devices/pump/metrics', { cpu: 1 }))
    for (let left = 50; left > 0; left -= 1) answers.push(await version())
    expect(new Set(answers)).toEqual(new Set(['6.1.0']))
    expect(await pidOf(platform, 'clock')).toBe(pid)
  })
})
