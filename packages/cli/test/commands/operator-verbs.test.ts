import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { type FakePlatform, type FakeRoutes, problem, startFakePlatform } from '../fake-platform.js'
import { runCli } from '../run-cli.js'

let platform: FakePlatform | undefined
afterEach(async () => {
  await platform?.close()
  platform = undefined
})

async function call(routes: FakeRoutes, ...args: string[]) {
  platform = await startFakePlatform(routes)
  return runCli(args, { cwd: tmpdir(), env: platform.env })
}

const sent = () => platform?.requests.map(({ method, path, body }) => [`${method} ${path}`, parse(body)])
const parse = (body: Buffer): unknown => (body.length === 0 ? undefined : JSON.parse(body.toString()))
const installation = (state: string, more = {}) => ({
  json: { plugin_id: 'weather', version: '1.0.0', state, ...more },
})

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
    platform = await startFakePlatform({ 'POST /plugins/install': () => installation('installed') })
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
    expect(platform?.requests).toEqual([])
  })
})

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
    await platform?.close()
    expect((await call(settings, 'config', 'get', 'weather', 'smtp.host')).stdout).toBe('mail\n')
    await platform?.close()
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
      { ...settings, 'PUT /plugins/weather/config': ({ body }) => ({ json: parse(body) }) },
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

describe('logs', () => {
  const entry = (message: string, level = 'info') => ({ time: '2024-01-27T10:30:45.123Z', level, message })

  it('prints what was written, oldest first', async () => {
    const answer = { json: { logs: [entry('one'), entry('two\nlines', 'error')] } }
    const { stdout } = await call(
      { 'GET /plugins/weather/logs': () => answer },
      'logs',
      'weather',
      '-n',
      '5',
      '--level',
      'info',
    )
    expect(stdout).toBe('2024-01-27 10:30:45 INFO     one\n2024-01-27 10:30:45 ERROR    two\n    lines\n')
    expect(platform?.requests[0]?.query).toEqual({ lines: '5', level: 'info' })
  })

  it('says so when there is nothing, without disturbing scripts', async () => {
    const empty = { 'GET /plugins/weather/logs': () => ({ json: { logs: [] } }) }
    expect(await call(empty, 'logs', 'weather')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'The log of weather has nothing\n',
    })
  })

  it('prints what an entry says besides its message, and the stack of an error', async () => {
    const stack = 'Error: no paper\n    at print (main.ts:3:1)\n    at run (node:internal/process:1:1)'
    const fields = { plugin_id: 'weather', trace_id: 't', device_id: 'web-1', value: 95, err: { stack } }
    const answer = { json: { logs: [{ ...entry('Failed', 'error'), fields }] } }
    const { stdout } = await call({ 'GET /plugins/weather/logs': () => answer }, 'logs', 'weather')
    expect(stdout).toBe(
      '2024-01-27 10:30:45 ERROR    Failed device_id=web-1 value=95\n    Error: no paper\n        at print (main.ts:3:1)\n',
    )
  })

  it.each([
    ['text/event-stream', (line: string) => `id: 1\ndata: ${line}\n\n`],
    ['application/x-ndjson', (line: string) => `${line}\n`],
  ])('follows a stream of %s', async (type, frame) => {
    const body = [entry('one'), entry('two')].map((line) => frame(JSON.stringify(line))).join(': ping\n\n')
    const { stdout } = await call(
      { 'GET /plugins/weather/logs': () => new Response(body, { headers: { 'content-type': type } }) },
      'logs',
      'weather',
      '-f',
      '--json',
    )
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).message),
    ).toEqual(['one', 'two'])
    expect(platform?.requests[0]?.query.follow).toBe('true')
  })

  it('opens a broken stream again and shows nothing twice', async () => {
    const line = (id: string) => `${JSON.stringify({ id, ...entry(`line ${id}`) })}\n`
    // Closed before all that was announced has come.
    const broken = new Response(line('1') + line('2'), {
      headers: { 'content-length': '100000', connection: 'close' },
    })
    const answers = [broken, new Response(line('1') + line('2') + line('3'))]
    const { code, stdout } = await call(
      { 'GET /plugins/weather/logs': () => answers.shift() ?? problem(500, 'asked too often') },
      'logs',
      'weather',
      '-f',
      '-n',
      '2',
    )
    expect(code).toBe(0)
    expect(stdout.match(/line \d/g)).toEqual(['line 1', 'line 2', 'line 3'])
    expect(platform?.requests.map(({ query }) => query.lines)).toEqual(['2', '1000'])
  })

  it('refuses a level that does not exist', async () => {
    const { code, stderr } = await call({}, 'logs', 'weather', '--level', 'loud')
    expect(code).toBe(1)
    expect(stderr).toContain('--level is "loud": expected debug, info, warning, error, critical')
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

  it('goes back with rollback', async () => {
    const { stdout } = await call(
      { 'POST /plugins/weather/rollback': () => installation('enabled') },
      'rollback',
      'weather',
    )
    expect(stdout).toBe('rolled back weather 1.0.0\n')
  })
})
