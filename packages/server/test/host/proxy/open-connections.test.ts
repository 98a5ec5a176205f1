import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { PluginSource } from '../build-plugin.js'
import { ADMIN_KEY, pidOf, startTestPlatform, type TestPlatform } from '../test-platform.js'

const authorization = `Bearer ${ADMIN_KEY}`
const patience = { timeout: 10_000, interval: 20 }
/** Milliseconds that a plugin has to end, and the host to notice, on a busy machine. */
const GRACE_MS = 6_000

/** A plugin that talks to its callers for as long as they like. */
const ticker = (version: string): PluginSource => ({
  id: 'ticker',
  version,
  code: `
    plugin.route('/version', { methods: ['GET'] }, () => ({ version: plugin.metadata.version }))
    plugin.webSocket('/live', { open: (socket) => socket.send(plugin.metadata.version) })
    plugin.route('/events', { methods: ['GET'] }, () => new Response(new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: ' + plugin.metadata.version + '\\n\\n')),
    }), { headers: { 'content-type': 'text/event-stream' } }))
  `,
})

describe.each(['process', 'in-process'])('callers that stay connected to a plugin: %s', (runtime) => {
  let platform: TestPlatform
  const version = async () =>
    (await platform.route<{ version: string }>('GET', '/plugins/ticker/version')).version

  beforeAll(async () => {
    platform = await startTestPlatform(runtime === 'process' ? {} : { inProcessPlugins: ['*'] })
    await platform.publish(ticker('1.0.0'))
    await platform.publish(ticker('2.0.0'))
  })
  afterAll(() => platform.close())
  beforeEach(async () => {
    await platform.api('POST', '/plugins/ticker/uninstall', { purge: true }).catch(() => undefined)
    await platform.api('POST', '/plugins/install', { plugin_id: 'ticker', version: '1.0.0', enable: true })
  })

  async function connect() {
    const socket = new WebSocket(`${platform.server.url.replace('http', 'ws')}/plugins/ticker/live`, {
      headers: { authorization },
    })
    const closed = once(socket, 'close').then(([code]) => Number(code))
    expect(String((await once(socket, 'message'))[0])).toBe('1.0.0')
    const response = await fetch(`${platform.server.url}/plugins/ticker/events`, {
      headers: { authorization },
    })
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('data: 1.0.0\n\n')
    // Whether it ends in order or breaks off: a browser's EventSource connects again after both.
    const ended = reader?.read().then(
      ({ done }) => done,
      () => true,
    )
    return { closed, ended }
  }

  it('are let go by an update, which does not wait for them', async () => {
    const { closed, ended } = await connect()
    await platform.api('POST', '/plugins/ticker/update', { version: '2.0.0' })
    const updated = performance.now()
    expect(await version()).toBe('2.0.0')
    expect(await closed).toBe(1012)
    expect(await ended).toBe(true)
    expect(performance.now() - updated).toBeLessThan(GRACE_MS)
    expect(await version()).toBe('2.0.0')
  })

  it('are let go when it is disabled', async () => {
    const { closed, ended } = await connect()
    const asked = performance.now()
    await platform.api('POST', '/plugins/ticker/disable')
    expect(await closed).toBe(1012)
    expect(await ended).toBe(true)
    expect(performance.now() - asked).toBeLessThan(GRACE_MS)
    await platform.route('GET', '/plugins/ticker/version', undefined, 503)
  })

  // What runs in the server's process has none to crash.
  if (runtime === 'process')
    it('notice a crash, and find the next process', async () => {
      const { closed, ended } = await connect()
      process.kill(await pidOf(platform, 'ticker'), 'SIGKILL')
      expect(await closed).toBe(1006)
      expect(await ended).toBe(true)
      await vi.waitFor(async () => expect(await version()).toBe('1.0.0'), patience)
    })
})
