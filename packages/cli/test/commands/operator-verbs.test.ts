import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { type FakeRoutes, problem } from '../fake-platform.js'
import { runCli } from '../run-cli.js'
import { call, installation, sent, startPlatform } from './verb-platform.js'

describe('enable, disable and uninstall', () => {
  it.each([
    [['enable', 'weather'], 'enable', {}, 'enabled weather 1.0.0\n'],
    [['disable', 'weather'], 'disable', {}, 'disabled weather 1.0.0\n'],
    [['uninstall', 'weather'], 'uninstall', {}, 'uninstalled weather 1.0.0\n'],
    [['uninstall', 'weather', '--purge'], 'uninstall', { purge: true }, 'uninstalled weather 1.0.0\n'],
  ])('%j asks for just that', async (args, verb, body, stdout) => {
    const result = await call({ [`POST /plugins/weather/${verb}`]: () => installation('x') }, ...args)
    expect(result).toEqual({ code: 0, stderr: '', stdout })
    expect(sent()).toEqual([[`POST /plugins/weather/${verb}`, body]])
  })

  it.each([
    [{}, '  fix ops-center-plugin logs weather may tell more\n'],
    [
      { errors: [{ pointer: '/config/limit', detail: 'must be number' }] },
      '  fix Correct what is named, then repeat\n',
    ],
  ])('asks for a correction only of what is named: %j', async (more, fix) => {
    const refusal = () => problem(422, 'Plugin "weather" could not be enabled: read ECONNRESET', more)
    const { stderr } = await call({ 'POST /plugins/weather/enable': refusal }, 'enable', 'weather')
    expect(stderr).toContain(fix)
  })

  it('gives no advice where the platform has said it all', async () => {
    const refusal = () => problem(422, 'The package does not have its checksum: restore a backup')
    const { stderr } = await call({ 'POST /plugins/weather/rollback': refusal }, 'rollback', 'weather')
    expect(stderr).toBe('error Refused: The package does not have its checksum: restore a backup\n')
  })

  it('passes on why it did not work', async () => {
    const { code, stderr } = await call(
      { 'POST /plugins/weather/enable': () => problem(409, 'onEnable threw: no route to host') },
      'enable',
      'weather',
    )
    expect(code).toBe(1)
    expect(stderr).toContain('onEnable threw: no route to host')
  })
})

describe('update', () => {
  const routes = (before: string): FakeRoutes => ({
    'GET /plugins/installed': () => ({ json: { plugins: [{ plugin_id: 'weather', version: before }] } }),
    'POST /plugins/weather/update': () => installation('enabled'),
  })

  it.each([
    ['weather', {}],
    ['weather@1.0.0', { version: '1.0.0' }],
  ])('asks for %s', async (reference, body) => {
    const result = await call(routes('0.9.0'), 'update', reference)
    expect(result).toEqual({ code: 0, stderr: '', stdout: 'updated weather 1.0.0\n' })
    expect(sent()?.at(-1)).toEqual(['POST /plugins/weather/update', body])
  })

  it('needs no key that may read', async () => {
    const forbidden = {
      ...routes(''),
      'GET /plugins/installed': () => problem(403, 'plugins:read is missing'),
    }
    expect(await call(forbidden, 'update', 'weather')).toMatchObject({
      code: 0,
      stdout: 'updated weather 1.0.0\n',
    })
  })

  it('says so when there is nothing newer', async () => {
    expect((await call(routes('1.0.0'), 'update', 'weather')).stdout).toBe('unchanged weather 1.0.0\n')
  })
})

describe('list', () => {
  const installed = {
    'GET /plugins/installed': () => ({
      json: {
        plugins: [
          { plugin_id: 'weather', version: '1.0.0', state: 'enabled', reason: null },
          { plugin_id: 'storm', version: '10.0.0', state: 'error', reason: 'it \u001b[31mbroke\nbadly' },
        ],
        pagination: { page: 1, page_size: 20, total_count: 2, total_pages: 1 },
      },
    }),
  }

  it('prints a table, without what could repaint the terminal', async () => {
    const { stdout } = await call(installed, 'list')
    expect(stdout.split('\n')).toEqual([
      'PLUGIN   VERSION  STATE    REASON',
      'weather  1.0.0    enabled',
      'storm    10.0.0   error    it \ufffd[31mbroke badly',
      '',
    ])
  })

  it('paints its headings, and fills no line with blanks that a narrow terminal would break', async () => {
    const { env } = await startPlatform(installed)
    const colors = { NO_COLOR: '', FORCE_COLOR: '1' }
    const { stdout } = await runCli(['list'], { cwd: tmpdir(), env: { ...env, ...colors } })
    expect(stdout.split('\n')[0]).toBe('\u001b[1mPLUGIN   VERSION  STATE    REASON\u001b[22m')
  })

  it('prints JSON for scripts', async () => {
    const { stdout } = await call(installed, 'list', '--json')
    expect(JSON.parse(stdout).plugins).toHaveLength(2)
  })

  it('says how to begin when there is nothing', async () => {
    const { stdout } = await call({ 'GET /plugins/installed': () => ({ json: { plugins: [] } }) }, 'list')
    expect(stdout).toMatch(/No plugin is installed/)
  })
})

describe('config', () => {
  const settings = {
    'GET /plugins/weather/config': () => ({
      json: { config: { smtp: { host: 'mail', port: 25 }, on: true } },
    }),
  }

  it('prints all settings, one, or one group', async () => {
    expect((await call(settings, 'config', 'get', 'weather')).stdout).toBe(
      'smtp:\n  host: mail\n  port: 25\non: true\n',
    )
    expect((await call(settings, 'config', 'get', 'weather', 'smtp.host')).stdout).toBe('mail\n')
    expect((await call(settings, 'config', 'get', 'weather', 'smtp', '--json')).stdout).toBe(
      '{\n  "host": "mail",\n  "port": 25\n}\n',
    )
  })

  it('names the known settings when asked for another', async () => {
    const { code, stderr } = await call(settings, 'config', 'get', 'weather', '__proto__.x')
    expect(code).toBe(1)
    expect(stderr).toContain('"__proto__.x" is not the name of a setting')
  })

  it('sends the changed settings alone, nested ones too: the platform keeps the others', async () => {
    const { stdout } = await call(
      { ...settings, 'PUT /plugins/weather/config': ({ body }) => ({ json: JSON.parse(body.toString()) }) },
      'config',
      'set',
      'weather',
      'threshold=80',
      'smtp.host=a=b',
      'list=[1,2]',
      'text=1.0.0',
    )
    expect(stdout).toBe('changed threshold, smtp.host, list, text of weather\n')
    expect(sent()?.at(-1)).toEqual([
      'PUT /plugins/weather/config',
      { config: { smtp: { host: 'a=b' }, threshold: 80, list: [1, 2], text: '1.0.0' } },
    ])
  })

  it('says what a setting looks like', async () => {
    const { code, stderr } = await call(settings, 'config', 'set', 'weather', 'threshold')
    expect(code).toBe(1)
    expect(stderr).toContain('"threshold" is not a setting')
  })
})

describe('an update that asks for more permissions', () => {
  const asks = () =>
    problem(409, 'It asks for more: alerts:write', {
      errors: [{ pointer: '/permissions', detail: 'alerts:write' }],
    })
  const routes = (): FakeRoutes => ({
    'POST /plugins/weather/update': ({ body }) =>
      JSON.parse(body.toString()).permissions === undefined ? asks() : installation('enabled'),
    'GET /plugins/installed': () => ({
      json: { plugins: [{ plugin_id: 'weather', permissions: ['devices:read', 'users:read'] }] },
    }),
    'GET /plugins/marketplace/weather': () => ({
      json: { latest: { version: '2.0.0', permissions: ['devices:read', 'alerts:write'] } },
    }),
  })

  it('waits for consent and says how to give it', async () => {
    const { code, stderr } = await call(routes(), 'update', 'weather')
    expect(code).toBe(1)
    expect(stderr).toContain('asks for more permissions: alerts:write')
    expect(stderr).toContain('--grant alerts:write')
    expect(sent()?.filter(([request]) => String(request).startsWith('POST'))).toHaveLength(1)
  })

  it.each([[['--yes']], [['--grant', 'alerts:write']]])(
    'grants them with %j, keeping those it still asks for',
    async (args) => {
      const { code } = await call(routes(), 'update', 'weather', ...args)
      expect(code).toBe(0)
      expect(sent()?.at(-1)).toEqual([
        'POST /plugins/weather/update',
        { permissions: ['devices:read', 'alerts:write'] },
      ])
    },
  )
})

describe('rollback', () => {
  const routes = (): FakeRoutes => ({
    'POST /plugins/weather/rollback': ({ body }) =>
      JSON.parse(body.toString()).permissions === undefined
        ? problem(409, 'It asks for more: alerts:write', {
            errors: [{ pointer: '/permissions', detail: 'alerts:write' }],
          })
        : installation('enabled'),
    'GET /plugins/installed': () => ({
      json: {
        plugins: [
          { plugin_id: 'weather', previous_version: '0.9.0', permissions: ['devices:read', 'users:read'] },
        ],
      },
    }),
    'GET /plugins/marketplace/weather/versions/0.9.0': () => ({
      json: { version: '0.9.0', permissions: ['devices:read', 'alerts:write'] },
    }),
  })

  it('goes back without a question, as the version before had its permissions', async () => {
    const free = { 'POST /plugins/weather/rollback': () => installation('enabled') }
    const { stdout } = await call(free, 'rollback', 'weather')
    expect(stdout).toBe('rolled back weather 1.0.0\n')
    expect(sent()).toEqual([['POST /plugins/weather/rollback', {}]])
  })

  it.each([[[]], [['--grant', 'users:write']]])('waits for consent with %j', async (args) => {
    const { code, stderr } = await call(routes(), 'rollback', 'weather', ...args)
    expect(code).toBe(1)
    expect(stderr).toContain('The rollback of weather asks for more permissions: alerts:write')
    expect(stderr).toContain('--grant alerts:write')
    expect(sent()).toHaveLength(1)
  })

  it.each([[['--yes']], [['--grant', 'alerts:write']]])('grants them with %j', async (args) => {
    const { code } = await call(routes(), 'rollback', 'weather', ...args)
    expect(code).toBe(0)
    expect(sent().at(-1)).toEqual([
      'POST /plugins/weather/rollback',
      { permissions: ['devices:read', 'alerts:write'] },
    ])
  })
})

describe('remote', () => {
  const secret = 'a-secret-of-enough-letters'
  const routes = { 'PUT /plugins/weather/remote': () => installation('enabled') }

  it.each([
    [['weather'], { secret }],
    [['weather', 'https://new.example.com'], { secret, url: 'https://new.example.com' }],
  ])('links %j with the secret of the environment', async (args, body) => {
    const { env } = await startPlatform(routes)
    const result = await runCli(['remote', ...args], {
      cwd: tmpdir(),
      env: { ...env, OPS_PLUGIN_SECRET: secret },
    })
    expect(result).toEqual({ code: 0, stderr: '', stdout: 'linked weather 1.0.0\n' })
    expect(sent()).toEqual([['PUT /plugins/weather/remote', body]])
  })

  it('says where the secret belongs, and asks the platform nothing without it', async () => {
    const { code, stderr } = await call(routes, 'remote', 'weather')
    expect(code).toBe(1)
    expect(stderr).toContain('OPS_PLUGIN_SECRET')
    expect(sent()).toEqual([])
  })
})
