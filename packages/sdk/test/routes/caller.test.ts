import { describe, expect, it, vi } from 'vitest'
import { Plugin } from '../../src/plugin.js'
import { CALLER_HEADER, type CallerData, signCaller, verifyCaller } from '../../src/protocol/index.js'
import { Caller } from '../../src/routes/caller.js'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { MockLogger } from '../../src/testing/mock-logger.js'
import { host } from '../protocol/host-messages.js'

const ann: CallerData = {
  kind: 'user',
  id: 'ann',
  name: 'Ann',
  organization_id: 'default',
  role: 'operator',
  permissions: ['devices:*', 'alerts:read'],
}
const secret = 'a secret of this start'
const request = { method: 'POST', path: '/plugins/weather/predict?a=1' }

describe('a signed caller', () => {
  it('is who was signed, for the very same request', () => {
    expect(verifyCaller(secret, signCaller(secret, ann, request), request)).toEqual(ann)
  })

  interface Change {
    secret?: string
    now?: number
    method?: string
    path?: string
  }

  it.each<[string, Change]>([
    ['another secret', { secret: 'another' }],
    ['another method', { method: 'GET' }],
    ['another path', { path: '/plugins/weather/predict?a=2' }],
    ['a later time', { now: Date.now() + 301_000 }],
    ['an earlier time', { now: Date.now() - 301_000 }],
  ])('is nobody for %s', (_what, { secret: other = secret, now, ...binding }) => {
    const token = signCaller(secret, ann, request)
    expect(verifyCaller(other, token, { ...request, ...binding }, now)).toBeUndefined()
  })

  it('is nobody when anything of it was changed', () => {
    const token = signCaller(secret, ann, request)
    const forged = Buffer.from(JSON.stringify({ caller: { ...ann, id: 'eve' }, issued_at: Date.now() }))
    for (const other of [
      '',
      '.',
      'x',
      `${token}x`,
      `${token}.x`,
      token.slice(0, -2),
      `${forged.toString('base64url')}.${token.split('.')[1]}`,
      `${forged.toString('base64url')}.`,
    ])
      expect(verifyCaller(secret, other, request)).toBeUndefined()
  })

  it('may do what was granted, whole resources and everything included', () => {
    const caller = new Caller(ann)
    expect(['devices:write', 'api:devices:read', 'alerts:read'].map((one) => caller.can(one))).toEqual([
      true,
      true,
      true,
    ])
    expect(['alerts:write', 'users:read', '*'].map((one) => caller.can(one))).toEqual([false, false, false])
    expect(new Caller({ ...ann, permissions: ['*'] }).can('users:write')).toBe(true)
  })
})

describe('a hosted plugin', () => {
  const hosted = () => {
    const plugin = new Plugin(
      { id: 'guarded', name: 'Guarded', version: '1.0.0' },
      { logger: new MockLogger() },
    )
    const handler = vi.fn(({ caller }: { caller: Caller | undefined }) => ({ caller: caller?.id ?? null }))
    plugin.route('/closed', { methods: ['POST'] }, handler)
    plugin.route('/open', { auth: 'none' }, handler)
    plugin.webSocket('/live', {})
    const app = plugin.createApp({ host })
    const call = (method: string, path: string, token?: string) =>
      app.request(`http://plugin/plugins/guarded${path}`, {
        method,
        ...(token === undefined ? {} : { headers: { [CALLER_HEADER]: token } }),
      })
    return { call, handler }
  }
  const sign = (method: string, path: string, by = host.secret) =>
    signCaller(by, ann, { method, path: `/plugins/guarded${path}` })

  it('tells its handlers who calls', async () => {
    const { call } = hosted()
    const answer = await call('POST', '/closed?a=%20', sign('POST', '/closed?a=%20'))
    expect([answer.status, await answer.json()]).toEqual([200, { caller: 'ann' }])
    expect(await (await call('GET', '/open', sign('GET', '/open'))).json()).toEqual({ caller: 'ann' })
    expect(await (await call('GET', '/open')).json()).toEqual({ caller: null })
  })

  it('refuses with 401 who comes past the host, before anything runs', async () => {
    const { call, handler } = hosted()
    for (const answer of [
      await call('POST', '/closed'),
      await call('POST', '/closed', sign('POST', '/closed', 'not the secret of this start')),
      await call('POST', '/closed?a=1', sign('POST', '/closed')),
      await call('GET', '/open', 'forged'),
      await call('GET', '/live'),
    ])
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(handler).not.toHaveBeenCalled()
  })
})

describe('a plugin without a host', () => {
  it('knows no caller, whatever a request says, unless a test names one', async () => {
    const plugin = createTestPlugin('alone')
    plugin.route('/who', {}, ({ caller }) => caller ?? null)
    const headers = { [CALLER_HEADER]: sign() }
    expect(await (await plugin.request('/who', { headers })).json()).toBeNull()
    const answer = await plugin.request('/who', { caller: { id: 'bob', permissions: ['devices:read'] } })
    expect(await answer.json()).toMatchObject({
      kind: 'user',
      id: 'bob',
      name: 'bob',
      permissions: ['devices:read'],
    })
  })
  const sign = () => signCaller(secret, ann, { method: 'GET', path: '/plugins/alone/who' })
})
