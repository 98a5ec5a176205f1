import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPluginFolder, removeFolders } from '../plugin-folder.js'
import { runCli } from '../run-cli.js'
import { type DevProcess, startDev } from './dev-process.js'

const MANIFEST_ROUTES = `routes:
  - path: /stats
    methods: [GET]
`
const CODE = `import { Plugin } from '@ops-center/plugin-sdk'
import { answer } from './answer.js'

export const plugin = new Plugin({
  id: 'weather',
  name: 'Weather',
  version: '1.0.0',
  description: 'Watches the weather',
  author: 'DevOps Team',
  type: 'backend',
  category: 'monitoring',
  permissions: ['devices:read'],
})
let created = 0
plugin.hook('device.created', function onCreated() {
  created += 1
  plugin.logger.info('Saw a device')
})
plugin.route('/stats', { methods: ['GET'] }, () => ({ answer, created, limit: plugin.config.get('limit', 0) }))
plugin.task('count_all', () => plugin.logger.info('Counted'))
`

let folder: string
let dev: DevProcess
const write = (file: string, text: string) => writeFile(join(folder, file), text)
const edit = async (file: string, from: string, to: string) => {
  const text = await readFile(join(folder, file), 'utf8')
  expect(text).toContain(from)
  await write(file, text.replace(from, to))
}
const stats = async (): Promise<{ answer: number; created: number; limit: number }> =>
  JSON.parse(await (await dev.request('/plugins/weather/stats')).text())
const sendDevice = (id: string) =>
  dev.request('/api/v1/devices', { method: 'POST', body: JSON.stringify({ id, name: id, type: 'server' }) })

beforeAll(async () => {
  folder = await createPluginFolder({ 'main.ts': CODE, 'answer.ts': 'export const answer = 1\n' })
  await edit('plugin.yaml', MANIFEST_ROUTES, `${MANIFEST_ROUTES}tasks:\n  - name: count_all\n`)
  dev = await startDev(folder)
  await dev.until(/loaded {3}1\.0\.0-dev\.1 after start/)
}, 120_000)
afterAll(async () => {
  await dev?.stop()
  await removeFolders([folder])
})

describe('dev', { timeout: 120_000 }, () => {
  it('runs the plugin from source and shows its parts, events and logs', async () => {
    await dev.until(/hook {3}device\.created -> onCreated\n.*route {2}GET \S+\/plugins\/weather\/stats/)
    expect(await stats()).toEqual({ answer: 1, created: 0, limit: 0 })
    await sendDevice('web-1')
    await dev.until(/event {4}device\.created -> onCreated/)
    expect((await stats()).created).toBe(1)
    expect(dev.output()).toMatch(/info {5}Saw a device/)
  })

  it('reloads on save, and handles each event once all the same', async () => {
    await edit('answer.ts', '1', '2')
    await dev.until(/loaded {3}1\.0\.0-dev\.2 after answer\.ts, in \d+ ms/)
    expect((await stats()).answer).toBe(2)
    await sendDevice('web-2')
    await dev.until(/event {4}device\.created -> onCreated/)
    expect((await stats()).created).toBe(1)
  })

  it('shows a syntax error with its place while the last good version runs', async () => {
    await edit('main.ts', 'let created = 0', 'let created == 0')
    const shown = await dev.until(/broken {3}The last version that worked keeps running/)
    expect(shown).toMatch(
      /error main\.ts:14:\d+ Expected ";" but found "=="\n +14 \| let created == 0\n +\| +\^/,
    )
    expect((await stats()).answer).toBe(2)
    await edit('main.ts', 'let created == 0', 'let created = 0')
    await dev.until(/loaded {3}nothing new after main\.ts/)
  })

  it('keeps the last good version when the new one fails to start', async () => {
    await edit('answer.ts', 'export', "throw new Error('no answer today')\nexport")
    const shown = await dev.until(/failed {3}.*is still in place/)
    expect(shown).toContain('failed to start')
    expect((await stats()).answer).toBe(2)
    await edit('answer.ts', "throw new Error('no answer today')\n", '')
  })

  it('sees new and deleted files', async () => {
    await edit('main.ts', './answer.js', './other.js')
    await dev.until(/error main\.ts:2:24 Could not resolve "\.\/other\.js"/)
    await write('other.ts', 'export const answer = 3\n')
    await dev.until(/loaded {3}\S+ after other\.ts/)
    expect((await stats()).answer).toBe(3)
    await rm(join(folder, 'other.ts'))
    await dev.until(/error main\.ts:2:24 Could not resolve/)
    expect((await stats()).answer).toBe(3)
    await edit('main.ts', './other.js', './answer.js')
    await dev.until(/loaded/)
    expect((await stats()).answer).toBe(2)
  })

  it('takes settings from config.yaml without a restart', async () => {
    await write('config.yaml', 'limit: 7\n')
    await dev.until(/after config\.yaml/)
    expect((await stats()).limit).toBe(7)
    await write('config.yaml', '')
    await dev.until(/after config\.yaml/)
    expect((await stats()).limit).toBe(0)
  })

  it('follows plugin.yaml', async () => {
    await edit('plugin.yaml', 'type: backend', 'type: backnd')
    await dev.until(/error plugin\.yaml:6:7 type is "backnd"/)
    await edit('plugin.yaml', 'type: backnd', 'type: backend')
    await edit('plugin.yaml', 'version: 1.0.0', 'version: 1.1.0')
    await dev.until(/loaded {3}1\.1\.0-dev\.\d+ after plugin\.yaml/)
  })

  it('runs a task when asked to', async () => {
    const response = await dev.request('/plugins/weather/_dev/tasks/count_all', { method: 'POST' })
    expect(response.status).toBe(200)
    await dev.until(/info {5}Counted/)
    expect((await dev.request('/plugins/weather/_dev/tasks/nope', { method: 'POST' })).ok).toBe(false)
  })

  it('leaves nothing behind', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('ops-center-dev-'))
    expect(before.length).toBeGreaterThan(0)
    expect(await dev.stop()).toBe(0)
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith('ops-center-dev-'))
    expect(after.length).toBeLessThan(before.length)
    expect(await readdir(folder)).not.toContain('.ops-center')
    await expect(dev.request('/health')).rejects.toThrow()
  })
})

describe('dev, when it cannot', () => {
  it('says where it looked for a plugin', async () => {
    const { code, stderr } = await runCli(['dev', '--path', 'nowhere'], { cwd: tmpdir() })
    expect(code).toBe(1)
    expect(stderr).toMatch(/nowhere is not a folder/)
  })

  it.each([
    [['--port', 'x'], /--port is "x": expected a number/],
    [['--inspect', 'a b'], /--inspect is "a b": expected a port or host:port/],
  ])('refuses %j', async (args, message) => {
    const cwd = await createPluginFolder({})
    const { code, stderr } = await runCli(['dev', ...args], { cwd })
    await removeFolders([cwd])
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })
})

it('says so when nothing runs yet, and runs what was mended', { timeout: 120_000 }, async () => {
  const good = CODE.replace("import { answer } from './answer.js'\n", 'const answer = 1\n')
  const broken = await createPluginFolder({ 'main.ts': `${good}\nplugin.hook(` })
  const process = await startDev(broken)
  try {
    await process.until(/error main\.ts:\d+:\d+[\s\S]*broken {3}Nothing runs yet/)
    await writeFile(join(broken, 'main.ts'), good)
    await process.until(/loaded {3}1\.0\.0-dev\.1 after main\.ts/)
  } finally {
    await process.stop()
    await removeFolders([broken])
  }
})
