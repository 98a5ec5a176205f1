import fs from 'node:fs'
import { link, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { guarded } from '../../src/storage/file-guard.js'

let linkFailure: string | undefined
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  const linkSync = (from: string, to: string) => {
    if (linkFailure) throw Object.assign(new Error(linkFailure), { code: linkFailure })
    real.linkSync(from, to)
  }
  return { ...real, linkSync }
})

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-guard-'))
  file = join(folder, 'key.json')
  await writeFile(file, 'value')
})
afterEach(async () => {
  linkFailure = undefined
  await rm(folder, { recursive: true })
})

describe('a guarded section', () => {
  for (const failure of [undefined, 'EPERM', 'ENOTSUP']) {
    const where = failure
      ? `on a file system that refuses second names with ${failure}`
      : 'on an ordinary file system'

    it(`has its guard while it runs, and leaves nothing behind, ${where}`, async () => {
      linkFailure = failure
      expect(await guarded(file, file, () => fs.readdirSync(folder))).toEqual(['key.json', 'key.json.lock'])
      expect(await readdir(folder)).toEqual(['key.json'])
    })

    it(`waits until another has gone, ${where}`, async () => {
      linkFailure = failure
      await link(file, `${file}.lock`)
      let ran = false
      const waiting = guarded(file, file, () => {
        ran = true
      })
      await new Promise((resolve) => setImmediate(resolve))
      expect(ran).toBe(false)
      await rm(`${file}.lock`)
      await waiting
      expect(ran).toBe(true)
    })
  }

  it('that throws gives its guard back', async () => {
    const failing = guarded(file, file, () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await readdir(folder)).toEqual(['key.json'])
  })

  it('that took so long that another one broke its guard leaves the other guard alone', async () => {
    const temporary = join(folder, 'temporary')
    await writeFile(temporary, 'other')
    await guarded(file, file, async () => {
      await rm(`${file}.lock`)
      await link(temporary, `${file}.lock`)
    })
    expect(await readdir(folder)).toContain('key.json.lock')
  })

  it('gets past a guard that is a second name of the file itself and belongs to nobody any more', async () => {
    await link(file, `${file}.lock`)
    expect(await guarded(file, file, () => 'done')).toBe('done')
    expect(await readdir(folder)).toEqual(['key.json'])
  })
})
