import { execFile } from 'node:child_process'
import type fs from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFileStorage } from '../../src/storage/file-storage.js'
import type { Storage } from '../../src/storage/storage.js'
import { StorageCorruptError } from '../../src/storage/storage-errors.js'

let fsyncFailure: Error | undefined
let flushed: { folder: boolean; filesThere: string[] }[] = []
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  const fsync = (descriptor: number, done: fs.NoParamCallback) => {
    if (fsyncFailure) return done(fsyncFailure)
    const filesThere = real.readdirSync(directory).filter((name) => name.endsWith('.json'))
    flushed.push({ folder: real.fstatSync(descriptor).isDirectory(), filesThere })
    real.fsync(descriptor, done)
  }
  return { ...real, fsync }
})

let directory: string
let storage: Storage
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'ops-storage-')), 'data', 'plugin')
  storage = createFileStorage({ directory })
})
afterEach(async () => {
  fsyncFailure = undefined
  flushed = []
  await rm(join(directory, '..', '..'), { recursive: true })
})

describe('file storage', () => {
  it('makes its folder when it first writes, not before', async () => {
    expect(await storage.get('key', 'none')).toBe('none')
    expect(await storage.listKeys()).toEqual([])
    await storage.clear()
    await expect(readdir(directory)).rejects.toThrow('ENOENT')
    await storage.set('device:1', { level: 1 })
    expect(await readdir(directory)).toEqual(['device%3a1.json'])
  })

  it('writes files that any JSON tool can read', async () => {
    await storage.set('device:1', { level: 1 }, { ttl: '1h' })
    expect(JSON.parse(await readFile(join(directory, 'device%3a1.json'), 'utf8'))).toEqual({
      key: 'device:1',
      expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
      value: { level: 1 },
    })
  })

  it('round-trips any key with any value', async () => {
    const entries = fc.dictionary(fc.string({ unit: 'binary', maxLength: 250 }), fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(entries, async (given) => {
        await storage.clear()
        await Promise.all(Object.entries(given).map(([key, value]) => storage.set(key, value)))
        expect(new Map(await storage.entries())).toEqual(new Map(Object.entries(given)))
      }),
      { numRuns: 40 },
    )
  })

  it('keeps what it has across a restart', async () => {
    await storage.set('x'.repeat(300), 1)
    const reopened = createFileStorage({ directory })
    expect(await reopened.entries()).toEqual([['x'.repeat(300), 1]])
  })

  it('takes a thousand writes at once', async () => {
    await Promise.all(Array.from({ length: 1000 }, (_, index) => storage.set(`key-${index}`, index)))
    expect((await storage.listKeys()).length).toBe(1000)
  })
})

describe('a damaged file', () => {
  const damages: [name: string, content: string | Buffer][] = [
    ['empty', ''],
    ['half written', '{"key":"device","expires_at":null,\n"value":{"lev'],
    ['not an object', '[1]'],
    ['without value', '{"key":"device","expires_at":null,\n"other":1}\n'],
    ['of another key', '{"key":"other","expires_at":null,\n"value":1}\n'],
    ['not UTF-8', Buffer.from('{"key":"device","expires_at":null,\n"value":"\xff"}\n', 'latin1')],
  ]
  for (const [name, content] of damages) {
    it(`that is ${name} is an error that names the file, never a default`, async () => {
      const file = join(directory, 'device.json')
      await storage.set('device', { level: 1 })
      await writeFile(file, content)
      const error = await storage.get('device', { level: 0 }).catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(StorageCorruptError)
      expect(error).toMatchObject({ code: 'storage_corrupt', file, message: expect.stringContaining(file) })
      await expect(storage.update('device', () => 1)).rejects.toThrow(StorageCorruptError)
      await expect(storage.entries()).rejects.toThrow(StorageCorruptError)
    })
  }

  it('is still listed, and can be deleted or written again', async () => {
    await storage.set('device', 1)
    await writeFile(join(directory, 'device.json'), 'damaged')
    expect(await storage.listKeys()).toEqual(['device'])
    await storage.set('device', 2)
    expect(await storage.get('device')).toBe(2)
    await writeFile(join(directory, 'device.json'), 'damaged')
    expect(await storage.delete('device')).toBe(true)
    expect(await storage.get('device', 'none')).toBe('none')
  })
})

describe('writing', () => {
  it('that fails leaves the old value and nothing else behind', async () => {
    await storage.set('key', 'old')
    fsyncFailure = new Error('disk full')
    await expect(storage.set('key', 'new')).rejects.toThrow('disk full')
    await expect(storage.update('key', () => 'new')).rejects.toThrow('disk full')
    fsyncFailure = undefined
    expect(await storage.get('key')).toBe('old')
    expect(await readdir(directory)).toEqual(['key.json'])
    await storage.set('key', 'new')
    expect(await storage.get('key')).toBe('new')
  })

  it('reaches the disk first as a whole file, then in its place, before it resolves', async () => {
    await storage.set('key', 1)
    expect(flushed).toEqual([
      { folder: false, filesThere: [] },
      { folder: true, filesThere: ['key.json'] },
    ])
    flushed = []
    await storage.delete('key')
    expect(flushed).toEqual([{ folder: true, filesThere: [] }])
  })

  it('that another process overtakes leaves nothing behind', async () => {
    const other = createFileStorage({ directory })
    let runs = 0
    await storage.update<number>('key', async (current = 0) => {
      runs++
      if (runs === 1) await other.set('key', 10)
      return current + 1
    })
    expect(await readdir(directory)).toEqual(['key.json'])
  })

  it('is never seen half done by a reader', async () => {
    const reader = createFileStorage({ directory })
    const texts = ['a', 'b'].map((letter) => letter.repeat(200_000))
    await storage.set('key', texts[0])
    let writing = true
    const writes = (async () => {
      for (let index = 0; index < 40; index++) await storage.set('key', texts[index % 2])
      writing = false
    })()
    while (writing) expect(texts).toContain(await reader.get('key'))
    await writes
  })

  it('gets past a guard that a dead process left', async () => {
    await storage.set('key', 1)
    await writeFile(join(directory, 'key.json.lock'), '')
    await storage.set('key', 2)
    expect(await storage.get('key')).toBe(2)
    expect(await readdir(directory)).toEqual(['key.json'])
  })

  it('by several processes loses no update', async () => {
    const worker = join(directory, '..', '..', 'increment-worker.mjs')
    const source = fileURLToPath(new URL('./increment-worker.ts', import.meta.url))
    await build({ entryPoints: [source], outfile: worker, bundle: true, platform: 'node', format: 'esm' })
    const run = () => promisify(execFile)(process.execPath, [worker, directory, '40'])
    await Promise.all([run(), run(), run()])
    expect(await storage.get('count')).toBe(120)
  })
})

describe('listing', () => {
  it('ignores files that are not its own, and clear leaves them alone', async () => {
    await storage.set('key', 1)
    await mkdir(join(directory, 'folder'))
    for (const name of ['README.md', 'Upper.json', 'key.json.bak'])
      await writeFile(join(directory, name), 'x')
    expect(await storage.listKeys()).toEqual(['key'])
    await storage.clear()
    expect((await readdir(directory)).sort()).toEqual(['README.md', 'Upper.json', 'folder', 'key.json.bak'])
  })

  it('does not read values', async () => {
    await storage.set('short', 1)
    await storage.set('expiring', 2, { ttl: '1h' })
    await storage.set('x'.repeat(300), 3)
    for (const name of await readdir(directory)) {
      const file = join(directory, name)
      const [header = ''] = (await readFile(file, 'utf8')).split('\n')
      if (name.endsWith('.json')) await writeFile(file, `${header}\nno value`)
    }
    expect(await storage.listKeys()).toEqual(['expiring', 'short', 'x'.repeat(300)])
  })

  it('clears away half-written files that a dead process left long ago', async () => {
    await storage.set('key', 1)
    await writeFile(join(directory, '.tmp-old'), 'half')
    await writeFile(join(directory, '.tmp-new'), 'half')
    await utimes(join(directory, '.tmp-old'), 0, 0)
    expect(await storage.listKeys()).toEqual(['key'])
    expect(await readdir(directory)).toEqual(['.tmp-new', 'key.json'])
  })

  it('removes expired files from the disk, as reading them does', async () => {
    let now = 0
    const expiring = createFileStorage({ directory, now: () => now })
    for (const key of ['a', 'b', 'c']) await expiring.set(key, key, { ttl: 10 })
    await expiring.set('kept', 1)
    now = 10
    expect(await expiring.get('a')).toBeUndefined()
    expect(await readdir(directory)).toEqual(['.expiring', 'b.json', 'c.json', 'kept.json'])
    expect(await expiring.listKeys()).toEqual(['kept'])
    expect(await readdir(directory)).toEqual(['.expiring', 'kept.json'])
  })
})
