import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startTestPlatform } from '../test-platform.js'
import { runRemotePlugin } from './remote-plugin.js'

const SECRET = 'a-secret-that-both-of-them-know'
const PROTOCOL_PAGE = new URL('../../../../../docs/protocol.md', import.meta.url)

/** Without what it takes, there is nothing to show. */
const python = ['python3', 'python'].find((name) => {
  try {
    return execFileSync(name, ['-c', 'import sys; print(sys.version_info >= (3, 7))'])
      .toString()
      .includes('True')
  } catch {
    return false
  }
})

it('the plugin with the SDK that the protocol’s page serves works', async () => {
  const [, code = ''] =
    /```ts\n(import \{ serve \}[\s\S]*?)```/.exec(await readFile(PROTOCOL_PAGE, 'utf8')) ?? []
  const folder = await mkdtemp(join(tmpdir(), 'ops-served-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'server.ts'), code)
  await writeFile(
    join(folder, 'main.ts'),
    `import { Plugin } from '@ops-center/plugin-sdk'
     export const plugin = new Plugin({ id: 'served', name: 'Served', version: '1.0.0' })
     plugin.route('/where', { methods: ['GET'] }, () => ({ at: 'home' }))`,
  )
  const outfile = join(folder, 'server.mjs')
  await build({
    entryPoints: [join(folder, 'server.ts')],
    nodePaths: [fileURLToPath(new URL('../../../../../node_modules', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  const port = await freePort()
  const served = await runRemotePlugin(process.execPath, [outfile], SECRET, port)
  onTestFinished(() => served.stop())
  const platform = await startTestPlatform()
  onTestFinished(() => platform.close())
  await platform.run(
    { id: 'served', runtime: { type: 'remote' }, code: '' },
    { remote: { url: `http://127.0.0.1:${port}`, secret: SECRET } },
  )
  expect(await platform.route('GET', '/plugins/served/where')).toEqual({ at: 'home' })
}, 60_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

// Reason to skip: there is no Python on this machine.
it.skipIf(!python)(
  'the plugin in Python that the protocol’s page shows works (needs Python)',
  async () => {
    const [, code = ''] = /```python\n([\s\S]*?)```/.exec(await readFile(PROTOCOL_PAGE, 'utf8')) ?? []
    const folder = await mkdtemp(join(tmpdir(), 'ops-python-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'plugin.py'), code)
    const served = await runRemotePlugin(python ?? '', [join(folder, 'plugin.py')], SECRET)
    onTestFinished(() => served.stop())
    const platform = await startTestPlatform()
    onTestFinished(() => platform.close())
    await platform.run(
      {
        id: 'hot-spots',
        type: 'container',
        permissions: ['devices:read', 'alerts:write'],
        code: '',
      },
      { remote: { url: served.url, secret: SECRET }, config: { limit: 50 } },
    )
    await platform.api('POST', '/devices', { id: 'oven', name: 'Oven', type: 'oven' })
    await platform.api('POST', '/devices/oven/metrics', { celsius: 40 })
    await platform.api('POST', '/devices/oven/metrics', { celsius: 60 })
    await vi.waitFor(
      async () => expect(await platform.route('GET', '/plugins/hot-spots/hot')).toEqual({ hot: ['oven'] }),
      { timeout: 15_000, interval: 50 },
    )
    const { alerts } = await platform.api('GET', '/alerts')
    expect(alerts).toMatchObject([
      { title: 'Hot', device_id: 'oven', created_by: expect.stringContaining('hot-spots') },
    ])
    expect((await fetch(`${served.url}/plugins/hot-spots/hot`)).status).toBe(401)
    await platform.api('PUT', '/plugins/hot-spots/config', { config: { limit: 10 } })
    await platform.api('POST', '/plugins/hot-spots/disable')
    expect(await (await fetch(`${served.url}/health`)).json()).toMatchObject({ enabled: false })
  },
  60_000,
)
