import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestPlatform, type TestPlatform } from './test-platform.js'

interface LogLine {
  level: string
  message: string
  fields: { error?: { stack?: string } }
}

describe('a plugin whose process ends', () => {
  let platform: TestPlatform
  const patience = { timeout: 10_000, interval: 50 }
  const logsOf = async (id: string) =>
    (await platform.api<{ logs: LogLine[] }>('GET', `/plugins/${id}/logs?lines=1000`)).logs
  const listed = async (id: string) => {
    const { plugins } = await platform.api<{ plugins: { plugin_id: string }[] }>('GET', '/plugins/installed')
    return plugins.find(({ plugin_id }) => plugin_id === id)
  }

  beforeAll(async () => {
    platform = await startTestPlatform()
  })
  afterAll(() => platform.close())

  it('while it is enabled leaves its exit code in the answer, in the list and in the log', async () => {
    await platform.publish({ id: 'quitter', code: `plugin.onEnable(() => process.exit(4))` })
    const answer = await platform.api('POST', '/plugins/install', { plugin_id: 'quitter', enable: true }, 422)
    expect(answer.detail).toContain('The plugin ended with exit code 4')
    expect(await listed('quitter')).toMatchObject({
      state: 'error',
      reason: 'The plugin ended with exit code 4',
    })
    expect(await logsOf('quitter')).toMatchObject([{ message: 'The plugin ended with exit code 4' }])
  })

  it('says where a handler threw that enables it: the log has the stack', async () => {
    await platform.publish({
      id: 'thrower',
      code: `plugin.onEnable(function loadModel() { throw new Error('the model is missing') })`,
    })
    await platform.api('POST', '/plugins/install', { plugin_id: 'thrower', enable: true }, 422)
    const line = (await logsOf('thrower')).find(({ level }) => level === 'error')
    expect(line?.message).toContain('the model is missing')
    expect(line?.fields.error?.stack).toContain('loadModel')
  })

  it('while it is disabled is disabled', async () => {
    await platform.run({ id: 'leaver', code: `plugin.onDisable(() => process.exit(5))` })
    expect(await platform.api('POST', '/plugins/leaver/disable')).toMatchObject({
      state: 'disabled',
      reason: null,
    })
    expect((await logsOf('leaver')).map(({ message }) => message)).toContain(
      'The plugin ended with exit code 5',
    )
  })

  it('says why while it is down, and logs the error without the code around it', async () => {
    await platform.run({
      id: 'looper',
      code: `
        plugin.onEnable(async () => {
          if (await plugin.storage.get('broken', false)) process.exit(6)
        })
        plugin.route('/break', { methods: ['POST'] }, async () => {
          await plugin.storage.set('broken', true)
          setTimeout(() => { throw new Error('out of paper') }, 10)
        })`,
    })
    expect(await platform.api('GET', '/plugins/looper/health')).toMatchObject({ reason: null })
    await platform.route('POST', '/plugins/looper/break')
    await vi.waitFor(async () => {
      const health = await platform.api('GET', '/plugins/looper/health', undefined, 503)
      expect(health).toMatchObject({ state: 'enabled', reason: 'The plugin ended with exit code 6' })
    }, patience)
    expect(await listed('looper')).toMatchObject({
      state: 'enabled',
      reason: expect.stringContaining('code 6'),
    })
    const messages = (await logsOf('looper')).map(({ message }) => message)
    expect(messages).toContain('The plugin ended with exit code 1 after "Error: out of paper"')
    expect(messages).toContain('Error: out of paper')
    expect(messages.filter((message) => /^\s*\^|throw new/.test(message))).toEqual([])
  })

  it.runIf(process.platform === 'linux')(
    'because of its buffers says how much it used, and is started again',
    async () => {
      await platform.run({
        id: 'hoarder',
        resources: { memory: '64MB' },
        code: `
          const kept = []
          plugin.hook('hoarder.fill', () => {
            for (let count = 0; count < 40; count += 1) kept.push(Buffer.alloc(10_000_000, 1))
            return new Promise(() => {})
          }, { name: 'fill', retries: 0 })`,
      })
      await platform.api('POST', '/events', { event: 'hoarder.fill', payload: {} })
      const words =
        /^The plugin ended with signal SIGKILL after it used \d{3} MB of memory: 256 MB are allowed \(resources\.memory 64MB, /
      await vi.waitFor(async () => {
        const { dead_letters } = await platform.api<{ dead_letters: { error: string }[] }>(
          'GET',
          '/events/dead-letters',
        )
        expect(dead_letters.map(({ error }) => error.replace('fill: ', ''))).toEqual([
          expect.stringMatching(words),
        ])
        expect(await platform.api('GET', '/plugins/hoarder/health')).toMatchObject({ restarts: 1 })
      }, patience)
      expect((await logsOf('hoarder')).map(({ message }) => message)).toContainEqual(
        expect.stringMatching(words),
      )
    },
  )
})
