import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpsCenter, startOpsCenter } from './ops-center.js'
import { createPackedWorkspace } from './packed-workspace.js'

const execute = promisify(execFile)
let folder: string
let plugin: string
let platform: OpsCenter

const module = (path: string) => join(folder, 'node_modules', path)
const node = (args: string[], cwd = plugin) =>
  execute(process.execPath, args, {
    cwd,
    env: {
      ...process.env,
      NO_COLOR: '1',
      OPS_CENTER_CONFIG_DIR: join(folder, 'settings'),
      OPS_CENTER_API_URL: platform.url,
      OPS_CENTER_API_KEY: platform.key,
    },
  })
const cli = async (...args: string[]) =>
  (await node([module('@ops-center/plugin-cli/bin/ops-center-plugin.js'), ...args])).stdout
const edit = async (file: string, from: string, to: string) => {
  const text = await readFile(join(plugin, file), 'utf8')
  expect(text).toContain(from)
  await writeFile(join(plugin, file), text.replace(from, to))
}
const get = async (path: string) => {
  const response = await fetch(`${platform.url}${path}`, {
    headers: { authorization: `Bearer ${platform.key}` },
  })
  return { status: response.status, body: await response.json() }
}

beforeAll(async () => {
  folder = await createPackedWorkspace()
  plugin = join(folder, 'weather')
  platform = await startOpsCenter(module('@ops-center/server/bin/ops-center.js'), join(folder, 'ops-center'))
}, 180_000)
afterAll(async () => {
  await platform?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('from an empty folder to a plugin that runs, with the packages as published', {
  timeout: 120_000,
}, () => {
  it('creates a plugin that asks for published versions', async () => {
    const { stdout } = await node(
      [module('@ops-center/create-plugin/bin/create-plugin.js'), 'weather', '--yes'],
      folder,
    )
    expect(stdout).toContain('created weather/')
    const { dependencies } = JSON.parse(await readFile(join(plugin, 'package.json'), 'utf8'))
    expect(dependencies).toEqual({ '@ops-center/plugin-sdk': '^0.1.0' })
  })

  it('takes an edit: a route in the code, written into plugin.yaml by machine', async () => {
    const route =
      "plugin.route('/hello', { methods: ['GET'] }, () => ({ hello: 'first' }))\n\nexport default plugin"
    await edit('main.ts', 'export default plugin', route)
    expect(await cli('validate', '--fix')).toContain('fixed plugin.yaml added GET /hello to routes')
    expect(await cli('validate', '--strict')).toBe('valid weather 1.0.0\n')
  })

  it('passes its types and its tests', async () => {
    await node([module('typescript/bin/tsc'), '--noEmit'])
    const { stdout } = await node([module('vitest/vitest.mjs'), 'run'])
    expect(stdout).toMatch(/Tests .*4 passed/)
  })

  it('builds, signs, verifies and publishes', async () => {
    expect(await cli('build')).toContain('built dist/weather-1.0.0.tar.gz')
    const { stdout: listing } = await execute('tar', ['-tzf', join(plugin, 'dist/weather-1.0.0.tar.gz')])
    expect(listing.trim().split('\n')).toEqual([
      'weather/plugin.yaml',
      'weather/README.md',
      'weather/config.yaml',
      'weather/main.js',
      'weather/main.js.map',
      'weather/package.json',
    ])
    await cli('keygen')
    expect(await cli('sign')).toContain('signed weather-1.0.0.tar.gz')
    expect(await cli('verify', '--key', join(folder, 'settings/signing-key.pub.pem'))).toContain(
      'signature  by ',
    )
    expect(await cli('publish', '--dry-run')).toContain('would publish weather 1.0.0')
    expect(await cli('publish')).toMatch(/published weather 1\.0\.0 \(.*, signed\)/)
    expect(await cli('publish')).toContain('published already weather 1.0.0')
  })

  it('installs and answers', async () => {
    expect(await cli('install', 'weather', '--enable', '--yes')).toContain('installed weather 1.0.0')
    expect(await cli('list')).toMatch(/weather +1\.0\.0 +enabled/)
    expect(await get('/plugins/weather/hello')).toEqual({ status: 200, body: { hello: 'first' } })
  })

  it('updates to 1.0.1 and goes back', async () => {
    await edit('main.ts', "hello: 'first'", "hello: 'second'")
    await edit('main.ts', "version: '1.0.0'", "version: '1.0.1'")
    await edit('plugin.yaml', '1.0.0', '1.0.1')
    await cli('build')
    expect(await cli('publish')).toContain('published weather 1.0.1')
    expect(await cli('update', 'weather')).toBe('updated weather 1.0.1\n')
    expect((await get('/plugins/weather/hello')).body).toEqual({ hello: 'second' })
    expect(await cli('rollback', 'weather')).toBe('rolled back weather 1.0.0\n')
    expect((await get('/plugins/weather/hello')).body).toEqual({ hello: 'first' })
  })

  it('is gone after it was uninstalled', async () => {
    expect(await cli('uninstall', 'weather', '--purge')).toContain('uninstalled weather')
    expect(await cli('list')).toContain('No plugin is installed')
    expect((await get('/plugins/weather/hello')).status).toBe(404)
  })
})
