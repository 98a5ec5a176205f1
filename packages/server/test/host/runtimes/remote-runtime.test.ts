import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../test-platform.js'
import { type RemotePlugin, serveRemotePlugin } from './remote-plugin.js'
import { unpackForTest } from './runtimes-under-test.js'

const SECRET = 'a-secret-that-both-of-them-know'

/** A plugin that runs somewhere else, and uses what the platform offers. */
const container = {
  id: 'far-away',
  type: 'container',
  runtime: { type: 'remote', url: 'http://127.0.0.1:9', entrypoint: 'main.js' },
  permissions: ['devices:read'],
  code: `
    const lifecycle = []
    for (const phase of ['Install', 'Enable', 'Disable', 'Uninstall']) plugin['on' + phase](() => lifecycle.push(phase))
    plugin.hook('device.created', async ({ device_id }) => {
      const device = await plugin.api.devices.get(device_id)
      await plugin.storage.update('names', (names = []) => [...names, device.name])
    })
    plugin.filterHook('device.data.process', (device) => ({ ...device, metadata: { far: true } }))
    plugin.route('/names', { methods: ['GET'] }, () => plugin.storage.get('names', []))
    plugin.route('/state', { methods: ['GET'] }, () => ({ lifecycle, greeting: plugin.config.get('greeting') }))
    plugin.route('/open', { methods: ['GET'], auth: 'none' }, () => ({}))
    plugin.route('/redirect', { methods: ['GET'] }, ({ request, query }) =>
      Response.redirect(new URL(query.to, request.url)))
    plugin.webSocket('/live', {
      open: (socket, { caller, request }) => socket.send(caller.id + ' ' + request.headers.get('authorization')),
      message: (socket, data) => socket.send(data + '!'),
    })
    export { plugin }`,
}

const patience = { timeout: 15_000, interval: 50 }

describe('a plugin that runs somewhere else', () => {
  let platform: TestPlatform
  let unpacked: Awaited<ReturnType<typeof unpackForTest>>
  let served: RemotePlugin
  const install = (more: object, status?: number) =>
    platform.api('POST', '/plugins/install', { plugin_id: 'far-away', enable: true, ...more }, status)
  const names = () => platform.route<string[]>('GET', '/plugins/far-away/names')
  const state = () => platform.route<{ lifecycle: string[] }>('GET', '/plugins/far-away/state')

  beforeAll(async () => {
    platform = await startTestPlatform({ pluginAnswerTimeout: 5_000 })
    unpacked = await unpackForTest(container)
    served = await serveRemotePlugin(unpacked.entrypoint, SECRET)
    await platform.publish(container)
  })
  afterAll(async () => {
    await platform.close()
    await served.stop()
    await unpacked.remove()
  })

  it('is not installed without its secret, nor at a private address that nobody confirmed', async () => {
    expect((await install({}, 422)).detail).toMatch(/expected "remote" with the secret/)
    expect((await install({ remote: { url: served.url, secret: 'short' } }, 422)).detail).toBeTruthy()
    const { detail } = await install({ remote: { secret: SECRET } }, 422)
    expect(detail).toMatch(/127\.0\.0\.1 is an address of a private network.*remote\.url/)
    const wrong = await install({ remote: { url: served.url, secret: `${SECRET}-not` } }, 422)
    expect(wrong.detail).toMatch(/refuses the secret.*OPS_PLUGIN_SECRET/)
    expect(await platform.api('GET', '/plugins/installed')).toEqual({ plugins: [] })
  })

  it('is not installed where something else answers', async () => {
    const other = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1')
    await vi.waitFor(() => expect(other.listening).toBe(true))
    const { port } = other.address() as AddressInfo
    const { detail } = await install({ remote: { url: `http://127.0.0.1:${port}`, secret: SECRET } }, 422)
    expect(detail).toMatch(/something else than the protocol says/)
    other.close()
  })

  it('keeps its secret: nobody reads it', async () => {
    const installed = await install({
      remote: { url: served.url, secret: SECRET },
      config: { greeting: 'hello' },
    })
    expect(installed).toMatchObject({ state: 'enabled', remote_url: served.url })
    expect(JSON.stringify(installed)).not.toContain(SECRET)
    const rows = await platform.server.database.kysely.selectFrom('installations').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(SECRET)
  })

  it('hears events, uses the API and the storage, is asked before a device is stored', async () => {
    const device = await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
    expect(device.metadata).toEqual({ far: true })
    await vi.waitFor(async () => expect(await names()).toEqual(['Pump']), patience)
    expect(await state()).toEqual({ lifecycle: ['Install', 'Enable'], greeting: 'hello' })
  })

  it('takes a change of its configuration', async () => {
    await platform.api('PUT', '/plugins/far-away/config', { config: { greeting: 'moin' } })
    expect(await state()).toMatchObject({ greeting: 'moin' })
  })

  it('is not waited for when it stalls while it refuses a WebSocket', async () => {
    const url = `${platform.server.url.replace('http', 'ws')}/plugins/far-away/half-refused`
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
    const [error] = await once(socket, 'error')
    expect(String(error)).toContain('504')
  }, 20_000)

  it('redirects to its own routes by the path that callers know, and elsewhere as it says', async () => {
    const locationOf = async (to: string) => {
      const url = `${platform.server.url}/plugins/far-away/redirect?to=${encodeURIComponent(to)}`
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
      })
      return response.headers.get('location')
    }
    expect(await locationOf('/plugins/far-away/names?a=1#b')).toBe('/plugins/far-away/names?a=1#b')
    expect(await locationOf('/login')).toBe(`${served.url}/login`)
    expect(await locationOf('/plugins/far-away-too/x')).toBe(`${served.url}/plugins/far-away-too/x`)
    expect(await locationOf('https://example.org/plugins/far-away/')).toBe(
      'https://example.org/plugins/far-away/',
    )
  })

  it('accepts WebSockets, and closes them when it is disabled', async () => {
    const url = `${platform.server.url.replace('http', 'ws')}/plugins/far-away/live`
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
    const received: string[] = []
    socket.on('message', (data) => received.push(String(data)))
    const closed = once(socket, 'close')
    await once(socket, 'open')
    socket.send('hello')
    await vi.waitFor(() => expect(received).toEqual(['admin null', 'hello!']), patience)
    await platform.api('POST', '/plugins/far-away/disable')
    expect((await closed)[0]).toBe(1012)
    await platform.api('POST', '/plugins/far-away/enable')
    const { status } = await fetch(url.replace('ws', 'http'))
    expect(status).toBe(401)
  })

  it('lets nobody past the platform to a route that needs a key', async () => {
    expect((await fetch(`${served.url}/plugins/far-away/names`)).status).toBe(401)
    expect((await fetch(`${served.url}/plugins/far-away/open`)).status).toBe(200)
    expect((await fetch(`${served.url}/_ops/lifecycle/disable`, { method: 'POST' })).status).toBe(401)
  })

  it('is started again after a restart of its own, and misses no event', async () => {
    await served.stop()
    await platform.api('POST', '/devices', { id: 'valve', name: 'Valve', type: 'valve' })
    served = await serveRemotePlugin(unpacked.entrypoint, SECRET, served.port)
    await vi.waitFor(async () => expect(await names()).toEqual(['Pump', 'Valve']), patience)
    expect(await state()).toEqual({ lifecycle: ['Enable'], greeting: 'moin' })
    const { restarts, status } = await platform.api('GET', '/plugins/far-away/health')
    expect(restarts).toBeGreaterThan(0)
    expect(status).toBe('healthy')
  })

  it('answers 503 while it cannot be reached, and its health says why', async () => {
    await served.stop()
    // What asks it first finds out.
    await platform.api('POST', '/devices', { id: 'fan', name: 'Fan', type: 'fan' })
    await vi.waitFor(() => platform.route('GET', '/plugins/far-away/names', undefined, 503), patience)
    expect(await platform.api('GET', '/plugins/far-away/health', undefined, 503)).toMatchObject({
      state: 'enabled',
      reason: expect.stringMatching(/lost connection|could not be reached/),
    })
    served = await serveRemotePlugin(unpacked.entrypoint, SECRET, served.port)
    await vi.waitFor(async () => expect(await names()).toContain('Fan'), patience)
  })

  it('goes on when it is disabled, without a way to the platform', async () => {
    await platform.api('POST', '/plugins/far-away/disable')
    expect(await (await fetch(`${served.url}/health`)).json()).toMatchObject({ enabled: false })
    await platform.route('GET', '/plugins/far-away/names', undefined, 503)
    await platform.api('POST', '/plugins/far-away/enable')
    expect((await state()).lifecycle.slice(-2)).toEqual(['Disable', 'Enable'])
    await platform.api('POST', '/plugins/far-away/uninstall', { purge: true })
    expect(await (await fetch(`${served.url}/health`)).json()).toMatchObject({ enabled: false })
  })
})
