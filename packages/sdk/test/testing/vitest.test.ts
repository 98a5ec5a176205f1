import { readFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { expect, test as plain } from 'vitest'
import { Plugin } from '../../src/plugin.js'
import { test, testOf } from '../../src/testing/vitest.js'

test('the extended test brings a plugin and its mocks', async ({
  plugin,
  mockApi,
  mockStorage,
  mockScheduler,
}) => {
  expect([plugin.api, plugin.storage, plugin.scheduler]).toEqual([mockApi, mockStorage, mockScheduler])
  await mockStorage.set('left', 'behind')
})

test('each test starts anew', async ({ mockStorage }) => {
  expect(await mockStorage.listKeys()).toEqual([])
})

const real = new Plugin({ id: 'real-one', name: 'Real', version: '1.0.0' })

testOf(real, { config: { limit: 3 } })('testOf takes an author’s plugin and options', ({ plugin }) => {
  expect(plugin).toBe(real)
  expect(plugin.config.get('limit')).toBe(3)
})

plain('neither the SDK nor its testing kit needs a test runner', async () => {
  const entryPoints = ['src/index.ts', 'src/testing/index.ts'].map(
    (file) => new URL(`../../${file}`, import.meta.url).pathname,
  )
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    outdir: 'out',
    logLevel: 'silent',
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  expect(imports).toContain('hono')
  expect(imports.filter((path) => /vitest|jest|mocha|node:test|chai/.test(path))).toEqual([])
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  expect(JSON.parse(manifest).peerDependenciesMeta.vitest).toEqual({ optional: true })
})
