import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { unpackPackage } from '../../../src/registry/archive/unpack-package.js'
import { buildArchive, buildPackage, manifestText } from '../build-archive.js'

describe('unpackPackage', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unpack-package-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('writes what was in the root folder into the target and leaves nothing else', async () => {
    const target = join(folder, 'packages', 'weather', '1.0.0')
    const { manifest } = await unpackPackage(buildPackage({ code: 'export const answer = 42' }), target)
    expect(manifest.id).toBe('weather')
    expect(await readFile(join(target, 'main.js'), 'utf8')).toBe('export const answer = 42')
    expect(await readdir(join(folder, 'packages', 'weather'))).toEqual(['1.0.0'])
  })

  it('gives files plain modes, whatever the archive says', async () => {
    const bytes = buildArchive([
      { path: 'weather/plugin.yaml', content: manifestText(), mode: 0 },
      { path: 'weather/main.js', mode: 0o4777, uid: 4242, gid: 4242 },
      { path: 'weather/lib/', type: 'Directory', mode: 0 },
    ])
    const target = join(folder, 'target')
    await unpackPackage(bytes, target)
    const main = await stat(join(target, 'main.js'))
    expect([main.mode & 0o7777, main.uid]).toEqual([0o644, process.getuid?.()])
    expect((await stat(join(target, 'lib'))).mode & 0o7777).toBe(0o755)
  })

  it('writes nothing when anything in the package is not safe', async () => {
    const bytes = buildArchive([
      { path: 'weather/plugin.yaml', content: manifestText() },
      { path: 'weather/main.js' },
      { path: 'weather/../../evil.js' },
    ])
    await expect(unpackPackage(bytes, join(folder, 'target'))).rejects.toThrow(/leads out/)
    expect(await readdir(folder)).toEqual([])
  })

  it('never mixes two packages: of two at once one wins, and the loser leaves nothing', async () => {
    const target = join(folder, 'target')
    const outcomes = await Promise.allSettled([
      unpackPackage(buildPackage({ code: 'one' }), target),
      unpackPackage(buildPackage({ code: 'two' }), target),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await readdir(folder)).toEqual(['target'])
    expect(['one', 'two']).toContain(await readFile(join(target, 'main.js'), 'utf8'))
  })
})
