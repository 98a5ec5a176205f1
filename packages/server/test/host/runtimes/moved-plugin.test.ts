import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../test-platform.js'
import { type RemotePlugin, serveRemotePlugin } from './remote-plugin.js'
import { unpackForTest } from './runtimes-under-test.js'

const SECRET = 'a-secret-that-both-of-them-know'
const NEW_SECRET = 'another-secret-for-the-new-place'
const patience = { timeout: 15_000, interval: 50 }

const source = {
  id: 'nomad',
  type: 'container',
  runtime: { type: 'remote', url: 'http://127.0.0.1:9', entrypoint: 'main.js' },
  permissions: ['devices:read'],
  code: `
    if (process.env.OPS_PLUGIN_SECRET.startsWith('ill-')) plugin.healthCheck('model', () => false)
    plugin.hook('device.created', ({ device_id }) =>
      plugin.storage.update('heard', (ids = []) => [...ids, device_id]))
    plugin.route('/where', { methods: ['GET'] }, async () =>
      ({ port: Number(process.env.PORT), pid: process.pid, heard: await plugin.storage.get('heard', []) }))
    export { plugin }`,
}

describe('a remote plugin that moves', () => {
  let platform: TestPlatform
  let unpacked: Awaited<ReturnType<typeof unpackForTest>>
  const running: RemotePlugin[] = []
  const serve = async (secret: string, port = 0) => {
    const served = await serveRemotePlugin(unpacked.entrypoint, secret, port)
    running.push(served)
    return served
  }
  const move = (remote: object, status?: number) =>
    platform.api('PUT', '/plugins/nomad/remote', remote, status)
  const where = () => platform.route<{ pid: number; heard: string[] }>('GET', '/plugins/nomad/where')
  const installed = async () => {
    const { plugins } = await platform.api<{ plugins: Record<string, unknown>[] }>(
      'GET',
      '/plugins/installed',
    )
    return plugins[0]
  }
  let first: RemotePlugin

  beforeAll(async () => {
    platform = await startTestPlatform()
    unpacked = await unpackForTest(source)
    await platform.publish(source)
    first = await serve(SECRET)
    const remote = { url: first.url, secret: SECRET }
    await platform.api('POST', '/plugins/install', { plugin_id: 'nomad', enable: true, remote })
  })
  afterAll(async () => {
    await platform.close()
    for (const served of running) await served.stop()
    await unpacked.remove()
  })

  it('stays where it is when it is not well at the new place, or not there', async () => {
    const { pid } = await where()
    const ill = await serve('ill-secret-that-is-long-enough')
    const refused = [
      { url: ill.url, secret: 'ill-secret-that-is-long-enough' },
      { url: ill.url, secret: SECRET },
      { url: 'http://127.0.0.1:9', secret: SECRET },
    ]
    const details: unknown[] = []
    for (const remote of refused) details.push((await move(remote, 422)).detail)
    expect(details).toEqual([
      expect.stringMatching(/stays where it is.*failed to be healthy/),
      expect.stringMatching(/failed to start.*refuses the secret/),
      expect.stringMatching(/failed to start/),
    ])
    await move({ url: ill.url }, 422)
    await move({ url: 'ftp://example.org', secret: SECRET }, 422)
    expect((await where()).pid).toBe(pid)
    expect(await installed()).toMatchObject({ state: 'enabled', remote_url: first.url, reason: null })
  })

  it('is linked at the new place, with another secret, and hears what comes after', async () => {
    const before = await where()
    const second = await serve(NEW_SECRET)
    const moved = await move({ url: second.url, secret: NEW_SECRET })
    expect(moved).toMatchObject({ state: 'enabled', remote_url: second.url })
    expect(JSON.stringify(moved)).not.toContain(NEW_SECRET)
    expect((await where()).pid).not.toBe(before.pid)
    await platform.api('POST', '/devices', { id: 'pump', name: 'Pump', type: 'pump' })
    await vi.waitFor(async () => expect((await where()).heard).toEqual(['pump']), patience)
    await first.stop()
    expect((await where()).heard).toEqual(['pump'])
  })

  it('takes another secret at the same address, also after it was lost', async () => {
    const lost = running.at(-1)
    await lost?.stop()
    await platform.api('POST', '/devices', { id: 'valve', name: 'Valve', type: 'valve' })
    await vi.waitFor(() => platform.route('GET', '/plugins/nomad/where', undefined, 503), patience)
    await serve(SECRET, lost?.port)
    await move({ secret: SECRET })
    expect(await installed()).toMatchObject({ state: 'enabled', remote_url: lost?.url, reason: null })
    await vi.waitFor(async () => expect((await where()).heard).toEqual(['pump', 'valve']), patience)
  })

  it('moves while it is disabled, and starts there', async () => {
    await platform.api('POST', '/plugins/nomad/disable')
    const third = await serve(NEW_SECRET)
    expect(await move({ url: third.url, secret: NEW_SECRET })).toMatchObject({
      state: 'disabled',
      remote_url: third.url,
    })
    await platform.api('POST', '/plugins/nomad/enable')
    expect((await where()).heard).toEqual(['pump', 'valve'])
  })

  it('is a remote plugin: one on the platform has no address', async () => {
    const local = { id: 'settled', code: '' }
    await platform.run(local)
    const { detail } = await platform.api(
      'PUT',
      '/plugins/settled/remote',
      { url: first.url, secret: SECRET },
      422,
    )
    expect(detail).toMatch(/runs on the platform/)
    await platform.api('PUT', '/plugins/unknown/remote', { secret: SECRET }, 404)
  })
})
