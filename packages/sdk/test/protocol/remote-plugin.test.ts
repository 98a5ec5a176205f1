import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Plugin } from '../../src/plugin.js'
import { REMOTE_SECRET_VARIABLE } from '../../src/protocol/index.js'
import { MockApiClient } from '../../src/testing/mock-api-client.js'
import { MockConfig } from '../../src/testing/mock-config.js'
import { MockLogger } from '../../src/testing/mock-logger.js'
import { jsonOf } from '../json-of.js'
import { host } from './host-messages.js'

const SECRET = 'a-secret-that-both-of-them-know'
const { secret: _, ...context } = host

function remotePlugin() {
  const config = new MockConfig({ limit: 3 })
  const logger = new MockLogger()
  const metadata = { id: 'hosted', name: 'Hosted', version: '1.2.0' }
  const plugin = new Plugin(metadata, { logger, config, api: new MockApiClient() })
  const app = plugin.createApp()
  const call = (path: string, json: unknown, secret = SECRET) =>
    app.request(`/_ops${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(json),
    })
  const start = (more: object = {}) => call('/lifecycle/start', { state: 'disabled', context, ...more })
  return { plugin, app, call, start, config, logger }
}

beforeEach(() => void vi.stubEnv(REMOTE_SECRET_VARIABLE, SECRET))
afterEach(() => void vi.unstubAllEnvs())

describe('a plugin whose host is somewhere else', () => {
  it('rests and does nothing for anybody until its host calls', async () => {
    const { plugin, app, call } = remotePlugin()
    const ran = vi.fn()
    plugin.hook('*', ran)
    plugin.route('/status', { methods: ['GET'], auth: 'none' }, () => ({}))
    expect((await call('/events', { events: [] })).status).toBe(409)
    expect((await call('/lifecycle/enable', {})).status).toBe(409)
    expect((await call('/lifecycle/start', { context }, 'another-secret-of-some-length')).status).toBe(401)
    expect((await app.request('/plugins/hosted/status')).status).toBe(503)
    await plugin.emit('reading.taken', { device_id: 'd' }).catch(() => undefined)
    expect(ran).not.toHaveBeenCalled()
    expect(plugin.isActive).toBe(false)
  })

  it('takes its context with the first call, and its configuration with it', async () => {
    const { start, call, config, plugin, app } = remotePlugin()
    const started = await start({ context: { ...context, config: { limit: 9 } } })
    expect(await jsonOf(started)).toMatchObject({ plugin: 'hosted', state: 'disabled' })
    expect(config.get('limit')).toBe(9)
    expect((await call('/lifecycle/enable', {})).status).toBe(200)
    expect(plugin.state).toBe('enabled')
    expect(await jsonOf(await app.request('/health'))).toMatchObject({ enabled: true })
  })

  it('stays as it is when a host comes back, and begins anew where it is not installed any more', async () => {
    const { start, call, plugin } = remotePlugin()
    const enabled = vi.fn()
    plugin.onEnable(enabled)
    await start()
    await call('/lifecycle/enable', {})
    await start()
    expect(plugin.state).toBe('enabled')
    await call('/lifecycle/enable', {})
    expect(enabled).toHaveBeenCalledOnce()

    await start({ state: 'uninstalled' })
    expect(plugin.state).toBe('uninstalled')
    await start({ context: { ...context, organization_id: 'another' } })
    expect(plugin.state).toBe('disabled')
  })

  it('says what is wrong when the API is used before there is one', async () => {
    const plugin = new Plugin({ id: 'hosted', name: 'Hosted', version: '1.2.0' })
    await expect(plugin.api.devices.get('pump')).rejects.toMatchObject({
      code: 'host_not_started',
      message: expect.stringContaining('in handlers'),
    })
  })

  it('refuses to start with a secret that could be guessed', () => {
    vi.stubEnv(REMOTE_SECRET_VARIABLE, 'short')
    expect(() => new Plugin({ id: 'hosted', name: 'Hosted', version: '1.2.0' })).toThrow(/5 characters.*24/)
  })
})

it('a plugin whose host started it takes no other context', async () => {
  vi.unstubAllEnvs()
  const config = new MockConfig({ limit: 3 })
  const plugin = new Plugin({ id: 'hosted', name: 'Hosted', version: '1.2.0' }, { config })
  const answer = await plugin.createApp({ host }).request('/_ops/lifecycle/start', {
    method: 'POST',
    headers: { authorization: `Bearer ${host.secret}` },
    body: JSON.stringify({ state: 'disabled', context: { ...context, config: { limit: 1 } } }),
  })
  expect(answer.status).toBe(200)
  expect(config.get('limit')).toBe(3)
})
