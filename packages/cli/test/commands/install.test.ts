import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { problem } from '../fake-platform.js'
import { runCli } from '../run-cli.js'
import { call, installation, requests, sent, startPlatform } from './verb-platform.js'

describe('install', () => {
  const marketplace = () => ({
    json: { id: 'weather', latest: { version: '1.0.0', permissions: ['devices:read', 'alerts:write'] } },
  })
  const older = () => ({ json: { version: '0.9.0', permissions: ['devices:read'] } })

  it('shows the permissions, grants exactly those and says what to do next', async () => {
    const result = await call(
      {
        'GET /plugins/marketplace/weather': marketplace,
        'POST /plugins/install': () => installation('installed'),
      },
      'install',
      'weather',
      '--config',
      'threshold=80',
      'smtp.host=mail',
      'on=true',
    )
    expect(result.stderr).toBe('weather is granted: devices:read, alerts:write\n')
    expect(result.stdout).toBe('installed weather 1.0.0\n  next     ops-center-plugin enable weather\n')
    expect(sent()?.at(-1)).toEqual([
      'POST /plugins/install',
      {
        plugin_id: 'weather',
        permissions: ['devices:read', 'alerts:write'],
        config: { threshold: 80, smtp: { host: 'mail' }, on: true },
      },
    ])
  })

  it('asks the version that is wanted, not the newest, what it needs', async () => {
    await call(
      {
        'GET /plugins/marketplace/weather/versions/0.9.0': older,
        'POST /plugins/install': () => installation('enabled'),
      },
      'install',
      'weather@0.9.0',
      '--enable',
    )
    expect(sent()?.at(-1)).toEqual([
      'POST /plugins/install',
      { plugin_id: 'weather', version: '0.9.0', permissions: ['devices:read'], enable: true },
    ])
  })

  it('says where a plugin is that runs somewhere else, with a secret that no command line shows', async () => {
    const platform = await startPlatform({ 'POST /plugins/install': () => installation('installed') })
    const args = ['install', 'weather', '--permissions', 'devices:read', '--remote', 'http://10.0.0.7:9000']
    const without = await runCli(args, { cwd: tmpdir(), env: platform.env })
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('Set OPS_PLUGIN_SECRET')])
    await runCli(args, { cwd: tmpdir(), env: { ...platform.env, OPS_PLUGIN_SECRET: 'both know it' } })
    expect(sent()).toEqual([
      [
        'POST /plugins/install',
        {
          plugin_id: 'weather',
          permissions: ['devices:read'],
          remote: { url: 'http://10.0.0.7:9000', secret: 'both know it' },
        },
      ],
    ])
  })

  it('grants less when told so', async () => {
    await call(
      { 'POST /plugins/install': () => installation('installed') },
      'install',
      'weather',
      '--permissions',
      'devices:read',
    )
    expect(sent()).toEqual([
      ['POST /plugins/install', { plugin_id: 'weather', permissions: ['devices:read'] }],
    ])
  })

  it('says how to name the place of a plugin that runs somewhere else, once', async () => {
    const detail = 'Plugin "weather" runs somewhere else'
    const remote = () => problem(422, detail, { errors: [{ pointer: '/remote', detail }] })
    const routes = { 'GET /plugins/marketplace/weather': marketplace, 'POST /plugins/install': remote }
    const { code, stderr } = await call(routes, 'install', 'weather')
    expect(code).toBe(1)
    expect(stderr.split(detail)).toHaveLength(2)
    expect(stderr).toContain('fix Add --remote and the address where it runs')
  })

  it('says so when there is no such plugin', async () => {
    const { code, stderr } = await call({}, 'install', 'wether')
    expect(code).toBe(1)
    expect(stderr).toMatch(/Not found: Nothing is here\n {2}fix Check the id; publish/)
  })

  it('refuses what cannot be an id before anything is sent', async () => {
    const { code, stderr } = await call({}, 'install', '../users/u1')
    expect(code).toBe(1)
    expect(stderr).toContain('"../users/u1" does not name a plugin')
    expect(requests()).toEqual([])
  })
})
