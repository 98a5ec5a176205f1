import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmptyProject, type EmptyProject } from './empty-project.js'

const PLUGIN = `
import { defineEvent, type EmitReport, Plugin, parseDuration } from '@ops-center/plugin-sdk'
import { type Manifest, parseManifest } from '@ops-center/plugin-sdk/manifest'
import { type HostContext, parseCron } from '@ops-center/plugin-sdk/protocol'
import { createTestPlugin, type TestPlugin, triggerHook } from '@ops-center/plugin-sdk/testing'
import { z } from 'zod'

const trained = defineEvent('model.trained', z.object({ score: z.number() }))
export const plugin = new Plugin({ id: 'packed', name: 'Packed', version: '1.0.0', permissions: ['devices:read'] })
plugin.hook('device.created', ({ device_id }) => device_id.toUpperCase())
plugin.hook(trained, ({ score }) => score.toFixed(2))
plugin.route('/devices/:id', { methods: ['GET'] }, ({ params }) => ({ id: params.id }))
// @ts-expect-error a misspelt field
plugin.hook('device.created', ({ device }) => device, { name: 'misspelt' })

export const context: Pick<HostContext, 'organization_id'> = { organization_id: 'default' }
const manifest: Manifest = parseManifest({ ...plugin.getManifest(), description: 'd', author: 'a', type: 'backend' })
const tested: TestPlugin = createTestPlugin(plugin)
const report: EmitReport = await triggerHook(tested, 'device.created', { device_id: 'pump-7' })
const response = await tested.request('/devices/pump-7')
console.log(JSON.stringify({
  minute: parseDuration('1m'),
  id: manifest.id,
  cron: parseCron('0 * * * *'),
  results: report.results.length,
  route: await response.json(),
}))
`
const ANSWER = { minute: 60_000, id: 'packed', cron: '0 * * * *', results: 2, route: { id: 'pump-7' } }

/** What the README shows, one after the other. */
async function readmeExamples(): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code)
  expect(examples.length).toBeGreaterThan(2)
  return examples.join('\n')
}

describe('the packed SDK in an empty project', () => {
  let project: EmptyProject
  beforeAll(async () => {
    project = await createEmptyProject()
    await project.write('plugin.ts', PLUGIN)
    await project.write('readme.ts', await readmeExamples())
  })
  afterAll(() => project.remove())

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])(
    'compiles as a strict %s module with %s resolution, its declarations and README included, and runs',
    async (module, moduleResolution) => {
      expect(await project.compile({ module, moduleResolution })).toEqual({ code: 0, output: '' })
      const { code, output } = await project.node('out/plugin.js')
      expect(code, output).toBe(0)
      expect(JSON.parse(output)).toEqual(ANSWER)
    },
  )

  it('offers everything but the integrations of test tools where there is no test tool', async () => {
    await project.write(
      'subpaths.mjs',
      `const load = (name) => import(name).then((module) => Object.keys(module).length > 0, (error) => error.code)
      const names = ['', '/manifest', '/protocol', '/testing', '/testing/vite', '/testing/vitest', '/dist/index.js']
      const found = { vitest: await load('vitest'), esbuild: await load('esbuild') }
      for (const name of names) found[name] = await load('@ops-center/plugin-sdk' + name)
      console.log(JSON.stringify(found))`,
    )
    const { output } = await project.node('subpaths.mjs')
    expect(JSON.parse(output)).toEqual({
      vitest: 'ERR_MODULE_NOT_FOUND',
      esbuild: 'ERR_MODULE_NOT_FOUND',
      '': true,
      '/manifest': true,
      '/protocol': true,
      '/testing': true,
      '/testing/vite': true,
      '/testing/vitest': 'ERR_MODULE_NOT_FOUND',
      '/dist/index.js': 'ERR_PACKAGE_PATH_NOT_EXPORTED',
    })
  })

  it('does nothing when it is imported: no output, no timers, no listeners, no globals, no files', async () => {
    await project.write(
      'import-only.mjs',
      `const state = () => [
        ...process.getActiveResourcesInfo().filter((name) => !/^(TTYWrap|PipeWrap|CloseReq)$/.test(name)),
        ...process.eventNames().flatMap((name) => process.listeners(name).map(() => 'listener of ' + String(name))),
        ...Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith('__zod_')),
        ...Object.entries(process.env).map((variable) => variable.join('=')),
      ].sort()
      const before = state()
      for (const name of ['', '/manifest', '/protocol', '/testing']) await import('@ops-center/plugin-sdk' + name)
      const after = state()
      if (after.join() !== before.join()) console.log({ before, after })`,
    )
    const before = await readdir(project.folder)
    expect(await project.node('import-only.mjs')).toEqual({ code: 0, output: '' })
    expect(await readdir(project.folder)).toEqual(before)
  })

  it('holds what its exports and its source maps name, and neither tests nor build state', async () => {
    const folder = join(project.folder, 'node_modules/@ops-center/plugin-sdk')
    expect(project.packed).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'schema/plugin.schema.json']),
    )
    expect(project.packed.filter((path) => /(^|\/)(test|scripts)\/|tsbuildinfo|\.test\./.test(path))).toEqual(
      [],
    )
    const maps = project.packed.filter((path) => path.endsWith('.map'))
    expect(maps).not.toEqual([])
    for (const path of maps) {
      const { sources }: { sources: string[] } = JSON.parse(await readFile(join(folder, path), 'utf8'))
      for (const source of sources) expect(existsSync(join(folder, path, '..', source)), source).toBe(true)
    }
  })
})
