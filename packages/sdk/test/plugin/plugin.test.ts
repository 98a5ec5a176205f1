import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { compareManifests, parseManifest } from '../../src/manifest/index.js'
import { Plugin } from '../../src/plugin.js'
import { createTestPlugin } from '../../src/testing/create-test-plugin.js'
import { MockLogger } from '../../src/testing/mock-logger.js'
import { MockStorage } from '../../src/testing/mock-storage.js'
import { jsonOf } from '../json-of.js'

const metadata = { id: 'weather', name: 'Weather', version: '1.0.0' }

describe('the metadata of a plugin', () => {
  it.each([
    ['an empty id', { id: '' }, /id/],
    ['an id that leaves its folder', { id: '../../evil' }, /id/],
    ['an id with capitals', { id: 'Weather' }, /id/],
    ['a version that is none', { version: 'banana' }, /version/],
    ['half a version', { version: '1.0' }, /version/],
    ['an empty name', { name: '  ' }, /name/],
  ])('is refused with %s', (_what, wrong, message) => {
    expect(() => new Plugin({ ...metadata, ...wrong })).toThrow(message)
  })

  it('names every problem at once', () => {
    expect(() => new Plugin({ id: '', name: '', version: 'banana' })).toThrow(/id.*name.*version/s)
  })

  it('is refused with a permission, type or category nobody knows', () => {
    const wrong = { permissions: ['devices:fly'], type: 'sidecar', category: 'fun' }
    for (const [key, value] of Object.entries(wrong)) {
      expect(() => Reflect.construct(Plugin, [{ ...metadata, [key]: value }])).toThrow(key)
    }
  })

  it('is completed and frozen', () => {
    const { metadata: resolved } = new Plugin({ ...metadata, permissions: ['devices:read'] })
    expect(resolved).toMatchObject({ ...metadata, type: 'backend', permissions: ['devices:read'] })
    expect(() => Object.assign(resolved, { id: 'other' })).toThrow(TypeError)
  })
})

describe('the manifest of a plugin', () => {
  it('is a valid one, with everything that is registered', () => {
    const plugin = new Plugin({
      ...metadata,
      description: 'Forecasts',
      author: 'Ada',
      category: 'monitoring',
    })
    plugin.hook('device.created', function greet() {}, {
      priority: 5,
      retries: 3,
      timeout: '5s',
      onError: 'ignore',
    })
    plugin.filterHook('metrics.process', (value) => value)
    plugin.route('/devices/{id}', { methods: ['GET', 'PUT'] }, () => 1)
    plugin.task('train', () => {}, { cron: '0 * * * *' })
    const manifest = plugin.getManifest()
    expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest)
    expect(manifest).toMatchObject({
      id: 'weather',
      hooks: [
        {
          event: 'device.created',
          handler: 'greet',
          priority: 5,
          retries: 3,
          timeout: '5s',
          on_error: 'ignore',
        },
      ],
      filters: [{ filter: 'metrics.process', handler: 'filterMetricsProcess', priority: 10 }],
      routes: [{ path: '/devices/:id', methods: ['GET', 'PUT'], handler: 'getDevicesId', auth: 'required' }],
      tasks: [{ name: 'train', cron: '0 * * * *' }],
    })
    expect(compareManifests(manifest, parseManifest({ ...manifest }))).toEqual([])
  })

  it('follows what is registered and taken back later', () => {
    const plugin = new Plugin(metadata)
    const off = plugin.hook('device.created', () => {})
    expect(plugin.getManifest().hooks).toHaveLength(1)
    off()
    expect(plugin.getManifest().hooks).toEqual([])
  })
})

describe('the services of a plugin', () => {
  let basePath = ''

  beforeEach(async () => {
    basePath = await mkdtemp(join(tmpdir(), 'plugin-'))
  })

  afterEach(async () => {
    vi.unstubAllEnvs()
    await rm(basePath, { recursive: true, force: true })
  })

  it('do nothing until they are used, also when handlers are registered', async () => {
    await writeFile(join(basePath, 'config.yaml'), '- not: settings')
    const plugin = new Plugin(metadata, { basePath })
    plugin.hook('device.created', () => plugin.storage.set('seen', 1))
    plugin.onConfigChange(() => {})
    plugin.task('train', () => {}, { cron: '0 * * * *' })
    plugin.createApp()
    plugin.getManifest()
    await plugin.stop()
    expect(await readdir(basePath)).toEqual(['config.yaml'])
  })

  it('work below the base path', async () => {
    await writeFile(join(basePath, 'config.yaml'), 'limit: 7\n')
    const plugin = new Plugin(metadata, { basePath })
    await plugin.storage.set('seen', 1)
    expect(plugin.config.get('limit')).toBe(7)
    expect(await readdir(join(basePath, 'data'))).toEqual(['weather'])
    expect(plugin.storage).toBe(plugin.storage)
    await plugin.stop()
  })

  it('find the API by environment, then configuration', async () => {
    const urls: string[] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      urls.push(`${request.url} ${request.headers.get('authorization')}`)
      return Response.json({})
    })
    try {
      await writeFile(
        join(basePath, 'config.yaml'),
        'ops_center_api_url: http://config.test\nops_center_api_key: from-config\n',
      )
      const plugin = new Plugin(metadata, { basePath })
      await plugin.api.devices.list()
      vi.stubEnv('OPS_CENTER_API_URL', 'http://env.test')
      vi.stubEnv('OPS_CENTER_API_KEY', 'from-env')
      await plugin.api.devices.list()
      expect(urls).toEqual([
        'http://config.test/api/v1/devices Bearer from-config',
        'http://env.test/api/v1/devices Bearer from-env',
      ])
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('are replaced by those that are given', async () => {
    const storage = new MockStorage()
    const logger = new MockLogger()
    const plugin = new Plugin(metadata, { basePath, storage, logger })
    expect([plugin.storage, plugin.logger]).toEqual([storage, logger])
    plugin.hook('device.created', () => Promise.reject(new Error('boom')))
    await plugin.emit('device.created', { device_id: 'a', device_data: createDevice() })
    expect(logger.getLogs({ level: 'error' })).toMatchObject([
      {
        message: 'Hook "onDeviceCreated" failed on device.created',
        error: { stack: expect.stringContaining('boom') },
      },
    ])
  })

  it('tell of changes of the configuration, until the handler is taken back', async () => {
    const plugin = new Plugin(metadata, { basePath })
    const limits: unknown[] = []
    const off = plugin.onConfigChange(({ new_config }) => void limits.push(new_config.limit))
    plugin.config.set('limit', 1)
    off()
    plugin.config.set('limit', 2)
    expect(limits).toEqual([1])
  })
})

function createDevice() {
  return {
    id: 'a',
    name: 'A',
    type: 'pump',
    status: 'online' as const,
    ip_address: null,
    metadata: {},
    configuration: {},
    organization_id: 'default',
    last_seen: null,
    created_at: '',
    updated_at: '',
  }
}

describe('the health of a plugin', () => {
  const health = async (plugin: Plugin) => {
    const response = await plugin.createApp().request('/health')
    return { status: response.status, body: await jsonOf<Record<string, unknown>>(response) }
  }

  it('is healthy without checks, and says whether the plugin is enabled', async () => {
    const plugin = createTestPlugin('health')
    expect(await health(plugin)).toMatchObject({
      status: 200,
      body: { status: 'healthy', plugin: 'health', version: '1.0.0', enabled: true },
    })
    await plugin.disable()
    expect((await health(plugin)).body.enabled).toBe(false)
  })

  it('is 503 when a check throws, rejects or returns false, and names it', async () => {
    const plugin = createTestPlugin('health')
    plugin.healthCheck('fine', () => undefined)
    plugin.healthCheck('model', () => false)
    plugin.healthCheck('database', async () => Promise.reject(new Error('no connection')))
    const off = plugin.healthCheck('disk', () => {
      throw new Error('full')
    })
    expect(await health(plugin)).toMatchObject({
      status: 503,
      body: {
        status: 'unhealthy',
        checks: {
          fine: { status: 'healthy' },
          model: { status: 'unhealthy', detail: 'the check returned false' },
          database: { status: 'unhealthy', detail: 'no connection' },
          disk: { status: 'unhealthy', detail: 'full' },
        },
      },
    })
    off()
    expect(Object.keys((await health(plugin)).body.checks ?? {})).not.toContain('disk')
  })

  it('does not wait for ever for a check that hangs', async () => {
    vi.useFakeTimers()
    try {
      const plugin = createTestPlugin('health')
      plugin.healthCheck('stuck', () => new Promise(() => {}))
      const answer = health(plugin)
      await vi.advanceTimersByTimeAsync(5_000)
      expect((await answer).status).toBe(503)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('the tasks of a plugin', () => {
  it('refuse names nobody could schedule', () => {
    const plugin = createTestPlugin('tasks')
    expect(() => plugin.task('', () => {})).toThrow(/1 to 128/)
    expect(() => plugin.task('a b', () => {})).toThrow(/"a b"/)
    expect(() => Reflect.apply(plugin.task, plugin, ['a', 'not a function'])).toThrow(/expected a function/)
  })

  it('can be replaced and taken back', async () => {
    const plugin = createTestPlugin('tasks')
    const off = plugin.task('train', () => 'old')
    plugin.task('train', () => 'new')
    off()
    expect(plugin.getRegistrations().tasks).toEqual([{ name: 'train' }])
  })
})

describe('input types', () => {
  it('survive the whole way: schema in, typed handler, JSON out', async () => {
    const plugin = createTestPlugin('whole-way')
    plugin.route(
      '/predict/:model',
      { methods: ['POST'], body: z.object({ values: z.array(z.number()) }) },
      ({ body, params }) => ({
        model: params.model,
        sum: body.values.reduce((sum, value) => sum + value, 0),
      }),
    )
    const response = await plugin.request('/predict/linear', { json: { values: [1, 2, 3] } })
    expect(await jsonOf(response)).toEqual({ model: 'linear', sum: 6 })
  })
})
