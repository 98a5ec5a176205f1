import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDataFolder } from '../../src/database/data-folder-lock.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-center-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const inUse = expect.objectContaining({ code: 'data_folder_in_use' })

describe('lockDataFolder', () => {
  it('creates the folder for its owner only', async () => {
    const lock = await lockDataFolder(join(folder, 'a', 'b'))
    expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700)
    await lock.release()
  })

  it('is held by one at a time, and free after its release', async () => {
    const first = await lockDataFolder(folder)
    await expect(lockDataFolder(folder)).rejects.toEqual(inUse)
    await expect(lockDataFolder(folder)).rejects.toThrow(`process ${process.pid}`)
    await first.release()
    const second = await lockDataFolder(folder)
    await second.release()
    expect(await readdir(folder)).toEqual([])
  })

  it('goes to one of many that ask at the same time', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataFolder(folder)))
    const got = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(got).toHaveLength(1)
    for (const lock of got) await lock.release()
  })

  it('is taken over when what is there is not a process that listens', async () => {
    await writeFile(join(folder, 'lock.sock'), '1')
    const lock = await lockDataFolder(folder)
    await expect(lockDataFolder(folder)).rejects.toEqual(inUse)
    await lock.release()
  })

  it('is respected when its owner is too busy to answer', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(join(folder, 'lock.sock'), resolve))
    await expect(lockDataFolder(folder)).rejects.toEqual(inUse)
    silent.close()
  })

  it('works in a folder whose path is longer than a socket address can be', async () => {
    const long = join(folder, 'x'.repeat(100))
    await mkdir(long)
    const first = await lockDataFolder(long)
    await expect(lockDataFolder(long)).rejects.toEqual(inUse)
    await first.release()
  })

  it('says in one line when the folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '')
    await expect(lockDataFolder(join(folder, 'file'))).rejects.toEqual(
      expect.objectContaining({
        code: 'data_folder_not_writable',
        message: expect.stringMatching(/^.*--data-dir.*$/),
      }),
    )
  })
})
