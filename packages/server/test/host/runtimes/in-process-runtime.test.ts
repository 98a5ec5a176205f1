import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recorder } from '../recorder-plugin.js'
import { startTestPlatform } from '../test-platform.js'
import { runtimeUnderTest, unpackForTest } from './runtimes-under-test.js'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function unpack(code: string) {
  const unpacked = await unpackForTest({ id: 'stray', code })
  undo.push(() => unpacked.remove())
  return unpacked
}

describe('plugins inside the server', () => {
  it('share no state, although they come from one package', async () => {
    const unpacked = await unpack(`
      let count = 0
      const greeting = plugin.config.get('greeting')
      plugin.route('/count', { methods: ['GET'], auth: 'none' }, () => ({ count: ++count, greeting }))
    `)
    const runtime = await runtimeUnderTest('in-process')
    undo.push(() => runtime.close())
    const starts = ['hello', 'moin'].map((greeting) => runtime.start(unpacked, { config: { greeting } }))
    const [first, second] = await Promise.all(starts)
    const count = async (running: typeof first) => {
      const { body } =
        (await running?.connection.request({ method: 'GET', path: '/plugins/stray/count' })) ?? {}
      return body && JSON.parse(await text(body))
    }
    for (const running of [first, second]) {
      await running?.connection.exchange({
        method: 'POST',
        path: '/_ops/lifecycle/enable',
        headers: { authorization: `Bearer ${running.connection.secret}`, 'content-type': 'application/json' },
        body: '{}',
      })
    }
    await count(first)
    expect(await count(first)).toEqual({ count: 2, greeting: 'hello' })
    expect(await count(second)).toEqual({ count: 1, greeting: 'moin' })
  })

  it('find their folder, and not the environment of the server', async () => {
    const runtime = await runtimeUnderTest('in-process')
    undo.push(() => runtime.close())
    vi.stubEnv('OPS_PLUGIN_CONFIG__GREETING', 'from the server')
    undo.push(async () => void vi.unstubAllEnvs())
    const unpacked = await unpack(`plugin.logger.info('greeting ' + plugin.config.get('greeting'))`)
    await runtime.start(unpacked, { config: { greeting: 'from the operator' } })
    expect(runtime.lines.join()).toContain('greeting from the operator')
    expect(JSON.parse(runtime.lines[0] ?? '')).toMatchObject({ level: 'info', plugin_id: 'stray' })
  })

  it('cannot take the server down with what they throw in a timer or a forgotten promise', async () => {
    const unpacked = await unpack(`
      setTimeout(() => { throw new Error('in a timer') }, 1)
      setTimeout(() => Promise.reject(new Error('in a promise')), 1)
      setTimeout(() => { throw 'a bare text' }, 1)`)
    const script = fileURLToPath(new URL('./stray-errors.mjs', import.meta.url))
    const child = spawn(process.execPath, [script, unpacked.directory, unpacked.entrypoint])
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    const errors = text(child.stderr)
    const exited = once(child, 'exit')
    for (const thrown of ['in a timer', 'in a promise', 'a bare text']) {
      await vi.waitFor(() => expect(output).toContain(thrown), 10_000)
    }
    expect(child.exitCode).toBeNull()

    child.stdin.end('fail')
    expect((await exited)[0]).not.toBe(0)
    expect(await errors).toContain('the server itself')
  })

  it('work with the platform as others do, and start anew with each enabling', async () => {
    const platform = await startTestPlatform({ inProcessPlugins: ['recorder'] })
    undo.push(() => platform.close())
    await platform.run(recorder)
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
    expect((await platform.api('GET', '/devices/pump')).metadata).toEqual({ seen: true })
    await platform.api('POST', '/devices/pump/metrics', { cpu: 1 })
    const patience = { timeout: 15_000, interval: 50 }
    await vi.waitFor(
      async () => expect(await platform.route('GET', '/plugins/recorder/events')).toMatchObject({ count: 1 }),
      patience,
    )
    await platform.api('POST', '/plugins/recorder/disable')
    await platform.route('GET', '/plugins/recorder/lifecycle', undefined, 503)
    await platform.api('POST', '/plugins/recorder/enable')
    expect(await platform.route('GET', '/plugins/recorder/lifecycle')).toEqual([
      'install',
      'enable',
      'disable',
      'enable',
    ])
    expect((await platform.api('GET', '/plugins/recorder/health')).pid).toBeUndefined()
    const { logs } = await platform.api<{ logs: object[] }>('GET', '/plugins/recorder/logs')
    expect(logs).toBeDefined()
  }, 60_000)
})
