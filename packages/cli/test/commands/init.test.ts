import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { loadManifest } from '@ops-center/plugin-sdk/manifest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeFolders } from '../plugin-folder.js'
import { runCli } from '../run-cli.js'

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url))
const run = promisify(execFile)

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'init-'))
  await symlink(MODULES, join(cwd, 'node_modules'))
})
afterAll(() => removeFolders([cwd]))

const init = (...args: string[]) => runCli(['init', ...args], { cwd })

describe('init', () => {
  it.each([
    ['backend', 'monitoring'],
    ['backend', 'security'],
    ['backend', 'analytics'],
    ['backend', 'integration'],
    ['frontend', 'analytics'],
    ['hybrid', 'ai'],
    ['container', 'networking'],
  ])(
    'writes a %s plugin for %s that type-checks, tests green and builds',
    async (type, category) => {
      const id = `${type}-${category}`
      const nasty = `O'Neil "the" \`\${x}\` \\ <b> 🌧️ # : - {`
      const created = await init(
        id,
        '--type',
        type,
        '--category',
        category,
        '--name',
        nasty,
        '--author',
        nasty,
        '--yes',
      )
      expect(created).toMatchObject({ code: 0, stderr: '' })
      const folder = join(cwd, id)
      const { manifest } = await loadManifest(join(folder, 'plugin.yaml'))
      expect(manifest).toMatchObject({ id, name: nasty, author: nasty, type, category, version: '1.0.0' })
      const [typed, tested, built] = await Promise.all([
        run(process.execPath, [join(MODULES, 'typescript/bin/tsc'), '--noEmit'], { cwd: folder }),
        run(process.execPath, [join(MODULES, 'vitest/vitest.mjs'), 'run'], { cwd: folder }),
        runCli(['build', '--strict'], { cwd: folder }),
      ])
      expect(typed.stdout).toBe('')
      expect(tested.stdout).toMatch(/Tests .*[34] passed/)
      expect(built).toMatchObject({ code: 0, stderr: '' })
      expect(built.stdout).toContain(`built dist/${id}-1.0.0.tar.gz`)
    },
    120_000,
  )

  it('takes everything from the command line', async () => {
    const { code, stdout } = await init(
      'given',
      '--name',
      'Given',
      '--description',
      'All: given',
      '--author',
      'Me',
      '--category',
      'storage',
      '--version',
      '0.1.0-beta.1',
      '--license',
      'MIT',
      '--yes',
    )
    expect(code).toBe(0)
    expect(stdout).toContain('created given/')
    expect(await readdir(join(cwd, 'given'))).toEqual([
      '.gitignore',
      'README.md',
      'config.yaml',
      'main.test.ts',
      'main.ts',
      'package.json',
      'plugin.yaml',
      'tsconfig.json',
    ])
    const { manifest } = await loadManifest(join(cwd, 'given/plugin.yaml'))
    expect(manifest).toMatchObject({
      description: 'All: given',
      version: '0.1.0-beta.1',
      license: 'MIT',
      category: 'storage',
    })
  })

  it('does not wait for answers without a terminal', async () => {
    const { code } = await init('quiet')
    expect(code).toBe(0)
    const { manifest } = await loadManifest(join(cwd, 'quiet/plugin.yaml'))
    expect(manifest).toMatchObject({ name: 'Quiet', description: 'Quiet for Ops-Center', type: 'backend' })
  })

  it('refers to the packages of a checkout it runs from', async () => {
    await init('local')
    const { dependencies } = JSON.parse(await readFile(join(cwd, 'local/package.json'), 'utf8'))
    const sdk = fileURLToPath(new URL('../../../sdk', import.meta.url))
    expect(dependencies).toEqual({ '@ops-center/plugin-sdk': `file:${sdk}` })
  })

  it.each(['../escape', 'Weather', 'a b', '', '-x', 'a'.repeat(101), 'a/b', '.hidden', 'ä'])(
    'refuses the id %j and writes nothing',
    async (id) => {
      const before = await readdir(cwd)
      const { code, stderr } = await init(...(id.startsWith('-') ? ['--', id] : [id]))
      expect(code).toBe(1)
      expect(stderr).toMatch(/cannot be the id of a plugin/)
      expect(await readdir(cwd)).toEqual(before)
    },
  )

  it.each([
    ['--name', 'two\nlines'],
    ['--name', ' '],
    ['--version', 'banana'],
    ['--type', 'backnd'],
    ['--category', 'weather'],
  ])('refuses %s %j and writes nothing', async (option, value) => {
    const before = await readdir(cwd)
    const { code, stderr } = await init('refused', option, value, '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain(`${option}: ${option.slice(2)} is`)
    expect(await readdir(cwd)).toEqual(before)
  })

  it('does not touch a folder that is there already', async () => {
    await mkdir(join(cwd, 'mine'))
    const { code, stderr } = await init('mine', '--yes')
    expect(code).toBe(1)
    expect(stderr).toMatch(/mine exists already/)
    expect(await readdir(join(cwd, 'mine'))).toEqual([])
  })
})
