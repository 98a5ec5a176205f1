import { describe, expect, it } from 'vitest'
import { type FakeRoutes, problem } from '../fake-platform.js'
import { call } from './verb-platform.js'

describe('health', () => {
  const report = {
    plugin: 'weather',
    version: '1.0.0',
    enabled: true,
    state: 'enabled',
    reason: null,
    restarts: 1,
    runtime: 'process',
    pid: 4711,
    memory_bytes: 61_000_000,
    uptime_seconds: 93_784,
    deliveries_waiting: 3,
    dead_letters: 2,
    tasks_waiting: 1,
    storage: { bytes: 1_400, keys: 2, max_bytes: 104_857_600, max_keys: 100_000 },
  }
  const well = { ...report, status: 'healthy', checks: { mail: { status: 'healthy' } } }
  const ill = {
    ...report,
    status: 'unhealthy',
    checks: { mail: { status: 'unhealthy', detail: 'no\nroute' } },
  }

  it('tells how a plugin is', async () => {
    const result = await call({ 'GET /plugins/weather/health': () => ({ json: well }) }, 'health', 'weather')
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout.split('\n')).toEqual([
      'weather 1.0.0 is healthy',
      '  state       enabled',
      '  runtime     process (pid 4711)',
      '  uptime      1 d 2 h',
      '  restarts    1',
      '  memory      61 MB',
      '  deliveries  3 waiting, 2 given up',
      '  tasks       1 waiting',
      '  storage     1.4 kB, 2 keys',
      '  check       mail: healthy',
      '',
    ])
  })

  it('fails when it is not well, and says why', async () => {
    const routes: FakeRoutes = { 'GET /plugins/weather/health': () => ({ status: 503, json: ill }) }
    const result = await call(routes, 'health', 'weather')
    expect(result).toMatchObject({ code: 1, stderr: '' })
    expect(result.stdout).toContain('weather 1.0.0 is not healthy\n')
    expect(result.stdout).toContain('  check       mail: unhealthy: no route\n')
    const json = await call(routes, 'health', 'weather', '--json')
    expect([json.code, JSON.parse(json.stdout)]).toEqual([1, ill])
  })

  it('says little of a plugin that is off', async () => {
    const json = {
      ...ill,
      status: 'disabled',
      state: 'disabled',
      reason: 'it \u001b[31mbroke',
      checks: undefined,
    }
    const { stdout } = await call(
      { 'GET /plugins/weather/health': () => ({ status: 503, json }) },
      'health',
      'weather',
    )
    expect(stdout).toContain(
      'weather 1.0.0 is not healthy\n  state       disabled\n  reason      it \ufffd[31mbroke\n',
    )
  })

  it('does not take a platform that is not well for a plugin', async () => {
    const { code, stderr } = await call(
      { 'GET /plugins/weather/health': () => problem(503, 'The server is being stopped') },
      'health',
      'weather',
    )
    expect(code).toBe(1)
    expect(stderr).toContain('error Not available now: The server is being stopped')
  })
})
