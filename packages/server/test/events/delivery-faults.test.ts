import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PluginSource } from '../host/build-plugin.js'
import { startTestPlatform, type TestPlatform } from '../host/test-platform.js'

/** Fails in odd ways, each once. */
const odd: PluginSource = {
  id: 'odd',
  code: `
    const once = async (name) => {
      if (await plugin.storage.exists(name)) return false
      await plugin.storage.set(name, true)
      return true
    }
    const note = (name) => plugin.storage.update('heard', (heard = []) => [...heard, name])
    plugin.hook('odd.words', () => { throw new Error('before\\0after') }, { name: 'words', retries: 0 })
    plugin.hook('odd.endless', async () => {
      if (await once('endless')) await new Promise(() => {})
      await note('endless')
    }, { name: 'endless', retries: 0 })
    plugin.route('/heard', { methods: ['GET'] }, () => plugin.storage.get('heard', []))
    plugin.route('/begun', { methods: ['GET'] }, () => plugin.storage.exists('endless'))
  `,
}

/** Its process ends under an event, and it wants to be stopped then. */
const fragile = (version: string, isMended: boolean): PluginSource => ({
  id: 'fragile',
  version,
  code: `
    plugin.hook('vase.dropped', async ({ name }) => {
      if (!${isMended} && name === 'ming') {
        await plugin.scheduler.runIn('1s', 'sweep', { taskId: 'sweep' })
        process.exit(1)
      }
      await plugin.storage.update('kept', (names = []) => [...names, name])
    }, { name: 'keep', retries: 0, onError: 'stop' })
    plugin.task('sweep', () => plugin.storage.set('swept', true))
    plugin.route('/swept', { methods: ['GET'] }, () => plugin.storage.exists('swept'))
    plugin.route('/kept', { methods: ['GET'] }, () => plugin.storage.get('kept', []))
  `,
})

interface Letter {
  id: string
  event_id: string
  handlers: string[]
  error: string
}
interface Shown {
  plugin_id: string
  state: string
  reason: string | null
}

describe('a delivery', () => {
  let platform: TestPlatform
  const folders: string[] = []
  const patience = { timeout: 15_000, interval: 50 }
  const say = async (event: string, payload: object = {}) => {
    const { event_id } = await platform.api<{ event_id: string }>('POST', '/events', { event, payload })
    return event_id
  }
  const lettersOf = async (event_id: string) => {
    const { dead_letters } = await platform.api<{ dead_letters: Letter[] }>('GET', '/events/dead-letters')
    return dead_letters.filter((letter) => letter.event_id === event_id)
  }
  const heard = () => platform.route<string[]>('GET', '/plugins/odd/heard')
  const shown = async (id: string) => {
    const { plugins } = await platform.api<{ plugins: Shown[] }>('GET', '/plugins/installed')
    return plugins.find(({ plugin_id }) => plugin_id === id)
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
    folders.push(platform.dataDir)
    await platform.run(odd)
  })
  afterAll(async () => {
    await platform.close()
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })

  it('whose error no database text can hold becomes a dead letter all the same', async () => {
    const id = await say('odd.words')
    await vi.waitFor(async () => expect(await lettersOf(id)).toHaveLength(1), patience)
    expect((await lettersOf(id))[0]?.error).toMatch(/before.after/)
    expect(await platform.api('GET', '/plugins/odd/health')).toMatchObject({ deliveries_waiting: 0 })
  })

  it('that the host cuts off is no failure of its handler: it comes again', { timeout: 30_000 }, async () => {
    const id = await say('odd.endless')
    await vi.waitFor(
      async () => expect(await platform.route('GET', '/plugins/odd/begun')).toBe(true),
      patience,
    )
    await platform.api('POST', '/plugins/odd/disable')
    expect(await lettersOf(id)).toEqual([])
    await platform.api('POST', '/plugins/odd/enable')
    await vi.waitFor(async () => expect(await heard()).toContain('endless'), patience)
  })

  it('that ends the process of a plugin which shall stop then stops it, until it is updated or enabled', {
    timeout: 30_000,
  }, async () => {
    await platform.run(fragile('1.0.0', false))
    await say('vase.dropped', { name: 'ming' })
    const broken = { state: 'error', reason: expect.stringContaining('on_error is "stop"') }
    await vi.waitFor(async () => expect(await shown('fragile')).toMatchObject(broken), patience)
    await say('vase.dropped', { name: 'next' })

    await platform.server.close()
    const { databaseUrl } = platform.server.options
    platform = await startTestPlatform({ dataDir: platform.dataDir, databaseUrl })
    folders.push(platform.dataDir)
    await vi.waitFor(heard, patience)
    await vi.waitFor(async () => {
      expect(await platform.api('GET', '/plugins/fragile/health', undefined, 503)).toMatchObject({
        state: 'error',
        deliveries_waiting: 1,
        tasks_waiting: 0,
      })
    }, patience)
    expect(await platform.api('GET', '/plugins/fragile/tasks/sweep/runs')).toMatchObject({ runs: [] })

    await platform.publish(fragile('1.0.1', true))
    expect(await platform.api('POST', '/plugins/fragile/update')).toMatchObject({ state: 'enabled' })
    await vi.waitFor(
      async () => expect(await platform.route('GET', '/plugins/fragile/kept')).toEqual(['next']),
      patience,
    )
    await vi.waitFor(
      async () => expect(await platform.route('GET', '/plugins/fragile/swept')).toBe(true),
      patience,
    )
  })
})
