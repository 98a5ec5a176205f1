import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
        runtime: { type: 'remote', url: 'http://127.0.0.1:9000' },
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
