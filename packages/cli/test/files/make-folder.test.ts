import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/files/make-folder.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'make-folder-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('makeFolder', () => {
  it('makes a folder with those above it, also twice at the same time', async () => {
    const path = join(folder, 'a/b/c')
    await Promise.all([makeFolder(path), makeFolder(path)])
    await makeFolder(path)
    expect((await stat(path)).isDirectory()).toBe(true)
  })

  // Reason to skip: Windows has no such modes.
  it.skipIf(process.platform === 'win32')('gives every folder that it makes the mode', async () => {
    await makeFolder(join(folder, 'private/keys'), 0o700)
    for (const path of ['private', 'private/keys'])
      expect((await stat(join(folder, path))).mode & 0o777).toBe(0o700)
  })

  it('fails where a file is in the way', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(folder, 'file/below/it'))).rejects.toThrow(/file/)
  })

  it.runIf(process.platform === 'linux')('fails where the system makes no folders', async () => {
    await expect(makeFolder('/proc/ops-center/dist')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
