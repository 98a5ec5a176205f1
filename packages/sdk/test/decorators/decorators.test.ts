import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { standardDecorators } from '../../src/testing/vite.js'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../../..')

/** Below node_modules, so that what is compiled finds the packages by their names, as an author's does. */
let folder = ''

beforeAll(async () => {
  await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
  folder = await mkdtemp(join(root, 'node_modules/.cache/decorators-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Both make of standard decorators what Node can run. */
const compilers: Readonly<Record<string, (source: string) => Promise<string>>> = {
  esbuild: async (source) => (await standardDecorators().transform(source, 'handlers.ts'))?.code ?? '',
  async tsc(source) {
    await writeFile(join(folder, 'handlers.mts'), source)
    const options = [
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--skipLibCheck',
      '--noCheck',
      '--ignoreConfig',
    ]
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'handlers.mts'], {
      cwd: folder,
    })
    return readFile(join(folder, 'handlers.mjs'), 'utf8')
  },
}

describe.each(Object.keys(compilers))('decorators compiled by %s', (compiler) => {
  let handlersModule: typeof import('./decorated-handlers.js')

  beforeAll(async () => {
    const source = await readFile(join(import.meta.dirname, 'decorated-handlers.ts'), 'utf8')
    const file = join(folder, `${compiler}.mjs`)
    await writeFile(file, (await compilers[compiler]?.(source)) ?? '')
    handlersModule = await import(pathToFileURL(file).href)
  })

  const decoratedPlugin = () => {
    const plugin = handlersModule.createTestPlugin('decorated')
    const handlers = new handlersModule.Handlers()
    const off = plugin.use(handlers)
    return { plugin, handlers, off }
  }

  it('bind every kind of handler to its object', async () => {
    const { plugin, handlers } = decoratedPlugin()
    await handlersModule.triggerHook(plugin, 'device.created', { device_id: 'pump-7' })
    await plugin.emit(handlersModule.predictionCompleted, { confidence: 0.9 })
    expect(await handlersModule.triggerFilter(plugin, 'device.data.process', { id: 1 })).toEqual({
      id: 1,
      by: 'Handlers',
    })
    expect(await (await plugin.request('/double/21')).json()).toEqual({ twice: 42 })
    await handlersModule.runTask(plugin, 'train', { full: true })
    await plugin.config.replacePlatformValues({ limit: 3 })
    await plugin.install()
    await plugin.enable()
    await plugin.update({ from: '1.0.0', to: '1.1.0' })
    await plugin.disable()
    await plugin.uninstall()
    expect(handlers.calls).toEqual([
      ['greet', 'pump-7'],
      ['check', 0.9],
      ['double', '21'],
      ['train', { full: true }],
      ['config', 3],
      ['install'],
      ['enable'],
      ['update', '1.0.0', '1.1.0'],
      ['disable'],
      ['uninstall'],
    ])
  })

  it('register under the name of the method unless told otherwise', () => {
    const { hooks, filters, routes, tasks } = decoratedPlugin().plugin.getManifest()
    expect(hooks).toMatchObject([
      { event: 'device.created', handler: 'greet', priority: 5 },
      { event: 'prediction.completed', handler: 'checkPrediction' },
    ])
    expect(filters).toMatchObject([{ filter: 'device.data.process', handler: 'enrich' }])
    expect(routes).toMatchObject([{ path: '/double/:of', handler: 'double' }])
    expect(tasks).toEqual([{ name: 'train' }, { name: 'clean_up', cron: '0 3 * * *' }])
  })

  it('can be taken back together', async () => {
    const { plugin, handlers, off } = decoratedPlugin()
    off()
    await handlersModule.triggerHook(plugin, 'device.created')
    await plugin.enable()
    await plugin.config.replacePlatformValues({ limit: 3 })
    expect(handlers.calls).toEqual([])
    expect(plugin.getRegistrations()).toEqual({ hooks: [], filters: [], routes: [], tasks: [] })
    expect((await plugin.request('/double/21')).status).toBe(404)
  })

  it('serve several objects and plugins, each with its own state', async () => {
    const [one, two] = [decoratedPlugin(), decoratedPlugin()]
    await handlersModule.triggerHook(one.plugin, 'device.created', { device_id: 'a' })
    expect([one.handlers.calls, two.handlers.calls]).toEqual([[['greet', 'a']], []])
    const plugin = handlersModule.createTestPlugin('both')
    const [three, four] = [new handlersModule.Handlers(), new handlersModule.Handlers()]
    plugin.use(three)
    expect(() => plugin.use(four)).toThrow(/GET \/double.*twice/)
  })

  it('are inherited', async () => {
    const plugin = handlersModule.createTestPlugin('more')
    const handlers = new handlersModule.MoreHandlers()
    plugin.use(handlers)
    await handlersModule.triggerHook(plugin, 'device.created', { device_id: 'a' })
    await handlersModule.triggerHook(plugin, 'device.deleted')
    expect(handlers.calls).toEqual([['greet', 'a'], ['wave']])
  })

  it('refuse an object without decorated methods by its name', () => {
    const plugin = handlersModule.createTestPlugin('plain')
    class Nothing {}
    expect(() => plugin.use(new Nothing())).toThrow(/Nothing without decorated methods/)
  })
})
