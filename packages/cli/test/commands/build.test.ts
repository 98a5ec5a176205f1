import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { extract, list, type ReadEntry } from 'tar'
import { afterAll, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/build/checksum.js'
import { createPluginFolder, type PluginChanges, removeFolders } from '../plugin-folder.js'
import { runCli } from '../run-cli.js'

const folders: string[] = []
afterAll(() => removeFolders(folders))

async function folderWith(changes: PluginChanges, inside?: string): Promise<string> {
  const folder = await createPluginFolder(changes, inside)
  folders.push(folder)
  return folder
}

async function build(cwd: string, ...args: string[]) {
  const result = await runCli(['build', '--json', ...args], { cwd })
  return { ...result, report: JSON.parse(result.stdout) }
}

async function entriesOf(file: string): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = []
  await list({ file, onReadEntry: (entry) => entries.push(entry) })
  return entries
}

describe('build', () => {
  it('packs what belongs and nothing else', async () => {
    const cwd = await folderWith({
      '.env': 'A=1',
      '.env.local': 'A=1',
      '.git/config': 'x',
      '.vscode/settings.json': '{}',
      '.opsignore': 'notes/\n',
      'notes/idea.md': 'x',
      'data/weather/key.json': '{}',
      'dist/weather-0.9.0.tar.gz': 'an earlier build',
      'weather-0.9.0.tar.gz': 'another one',
      'main.test.ts': 'x',
      'test/more.js': 'x',
      'helper.js': 'export const one = 1\n',
      'package.json': '{"type":"module","dependencies":{"@ops-center/plugin-sdk":"file:/somewhere"}}',
      'package-lock.json': '{}',
      'tsconfig.json': '{}',
      'config.yaml': 'a: 1\n',
      'assets/map.json': '{}',
      'assets/data/cities.json': '[]',
      'main.ts': ['import { Plugin }', "import './helper.js'\nimport { Plugin }"],
    })
    const { code, report } = await build(cwd)
    expect(code).toBe(0)
    const entries = await entriesOf(report.file)
    expect(entries.map(({ path }) => path)).toEqual([
      'weather/plugin.yaml',
      'weather/README.md',
      'weather/assets/data/cities.json',
      'weather/assets/map.json',
      'weather/config.yaml',
      'weather/main.js',
      'weather/main.js.map',
      'weather/package.json',
    ])
    expect(new Set(entries.map(({ mode, type, uid }) => `${type} ${mode?.toString(8)} ${uid}`))).toEqual(
      new Set(['File 644 undefined']),
    )
  })

  it('writes a package that runs on its own, and a checksum beside it', async () => {
    const cwd = await folderWith({
      'node_modules/old-style/package.json': '{"name":"old-style","main":"index.js"}',
      'node_modules/old-style/index.js':
        "const { join } = require('path'); module.exports = { where: join('a', 'b') }",
      'main.ts': [
        'export const plugin',
        "import { where } from 'old-style'\nconst require = 'a name of my own'\nexport { require as own, where }\nexport const plugin",
      ],
    })
    const { report } = await build(cwd)
    const bytes = await readFile(report.file)
    expect(report.checksum).toBe(sha256(bytes))
    expect(await readFile(`${report.file}.sha256`, 'utf8')).toBe(`${sha256(bytes)}  weather-1.0.0.tar.gz\n`)

    const target = await mkdtemp(join(tmpdir(), 'unpacked-'))
    folders.push(target)
    await extract({ file: report.file, cwd: target })
    const root = join(target, 'weather')
    expect(await readFile(join(root, 'plugin.yaml'), 'utf8')).toMatch(/runtime:\n {2}entrypoint: main.js/)
    expect(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).toEqual({
      name: 'weather',
      version: '1.0.0',
      private: true,
      type: 'module',
      main: 'main.js',
    })
    const loaded = await import(pathToFileURL(join(root, 'main.js')).href)
    expect(loaded.plugin.getManifest().hooks).toMatchObject([
      { event: 'device.created', handler: 'onCreated' },
    ])
    expect(loaded.where).toBe('a/b')
    expect(loaded.own).toBe('a name of my own')
  })

  it('gives the same bytes in another folder, at another time, under another umask', async () => {
    const first = await folderWith({ 'assets/a.txt': 'a', 'assets/b.txt': 'b' })
    const second = await folderWith({}, 'deep/er/in')
    await mkdir(join(second, 'assets'))
    for (const name of ['assets/b.txt', 'assets/a.txt']) {
      await cp(join(first, name), join(second, name))
      await chmod(join(second, name), 0o600)
      await utimes(join(second, name), 1, 1)
    }
    const results = [await build(first), await build(second, '--output', join(second, 'elsewhere'))]
    const [one, two] = await Promise.all(results.map(({ report }) => readFile(report.file)))
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true)
    const map = results.map(({ report }) => report.file)[0]
    let text = ''
    await list({
      file: map,
      onReadEntry: (entry) => {
        if (!entry.path.endsWith('.map') && !entry.path.endsWith('main.js')) return
        entry.on('data', (chunk) => {
          text += chunk.toString()
        })
      },
    })
    expect(text).toContain('"main.ts"')
    expect(text).toContain('node_modules/@ops-center/plugin-sdk/')
    expect(text).not.toContain(first)
    expect(text).not.toContain(process.cwd())
  })

  it('bundles console components for the browser and points the manifest at them', async () => {
    const slots = 'slots: [{ slot: dashboard, component: ui/widget.ts }] # here\nroutes:'
    const cwd = await folderWith({
      'plugin.yaml': ['routes:', slots],
      'ui/widget.ts': "import { word } from './word.js'\nexport const mount = (): string => word\n",
      'ui/word.ts': "export const word: string = 'hello'\n",
    })
    const { report } = await build(cwd)
    const target = await mkdtemp(join(tmpdir(), 'unpacked-'))
    folders.push(target)
    await extract({ file: report.file, cwd: target })
    expect(await readFile(join(target, 'weather/plugin.yaml'), 'utf8')).toContain(
      'component: ui/widget.js } ] # here',
    )
    const widget = await import(pathToFileURL(join(target, 'weather/ui/widget.js')).href)
    expect(widget.mount()).toBe('hello')
  })

  it('writes nothing when the plugin is not valid', async () => {
    const cwd = await folderWith({ 'key.pem': `-----BEGIN ${'RSA PRIVATE'} KEY-----\n` })
    const { code, stdout, stderr } = await runCli(['build'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain('error key.pem:1:1 key.pem contains a private key')
    expect(stdout).toContain('not built 1 error')
    expect(stderr).toBe('')
    expect(await readdir(cwd)).not.toContain('dist')
  })

  it('refuses links instead of packing what they lead to', async () => {
    const cwd = await folderWith({})
    await symlink('/etc/hostname', join(cwd, 'host.txt'))
    const { code, report } = await build(cwd)
    expect(code).toBe(1)
    expect(report.findings).toMatchObject([
      { file: 'host.txt', message: 'host.txt is a symbolic link, which a package cannot carry' },
    ])
  })

  it('leaves out node_modules, a link to it too', async () => {
    const cwd = await folderWith({})
    await rename(join(cwd, 'node_modules'), join(cwd, '.elsewhere'))
    await symlink('.elsewhere', join(cwd, 'node_modules'))
    const { code, report } = await build(cwd)
    expect(code).toBe(0)
    expect(JSON.stringify(report.files)).not.toContain('node_modules')
  })

  it('says so when it cannot write, and leaves an earlier build alone', async () => {
    const cwd = await folderWith({ occupied: 'a file, not a folder' })
    const { code, stderr } = await runCli(['build', '--output', 'occupied'], { cwd })
    expect(code).toBe(1)
    expect(stderr).toMatch(/error The package cannot be written to .*occupied/)
    expect(stderr).not.toContain('    at ')
  })

  it('tells people where the package is and how large', async () => {
    const cwd = await folderWith({})
    await writeFile(join(cwd, 'big.bin'), Buffer.alloc(100_000, 7))
    const { code, stdout } = await runCli(['build'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^built dist\/weather-1\.0\.0\.tar\.gz\n {2}size {5}\d+ kB, .* unpacked, 6 files\n/,
    )
  })
})
