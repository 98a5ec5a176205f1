import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/client.js'
import { PluginStorage } from '../../src/host/plugin-storage.js'
import { openTestDatabase } from '../database/test-database.js'

const owner = { organization_id: 'default', plugin_id: 'keeper' }
const other = { ...owner, plugin_id: 'neighbour' }
const quota = { bytes: 1_000, keys: 10 }
const list = { pattern: '*', values: true, page_size: 100 }

describe('what one plugin may store', () => {
  let database: Database
  let storage: PluginStorage
  /** Another server process on the same database. */
  let elsewhere: PluginStorage

  /** What is really there, counted. */
  const counted = async () => {
    const { rows } = await database.executeSql(
      `select coalesce(sum(octet_length(key) + octet_length(value)), 0)::int as bytes, count(*)::int as keys
       from plugin_storage where plugin_id = $1`,
      [owner.plugin_id],
    )
    return rows[0]
  }

  beforeAll(async () => {
    database = await openTestDatabase()
    await database.executeSql(
      `insert into organizations (id, name) values ('default', 'Default') on conflict do nothing`,
      [],
    )
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    storage = new PluginStorage(database, quota)
    elsewhere = new PluginStorage(database, quota)
    await storage.clear(owner)
    await storage.clear(other)
  })

  it('is counted by the bytes of keys and values, whatever is done', async () => {
    await storage.put(owner, 'é', { value: 'ü' })
    expect(await storage.usage(owner)).toEqual({ bytes: 2 + 4, keys: 1 })
    await storage.put(owner, 'é', { value: 'longer than before' })
    await storage.put(owner, 'b', { value: 1, if_version: null })
    expect(await storage.put(owner, 'b', { value: 22, if_version: null })).toBeUndefined()
    expect(await storage.put(owner, 'b', { value: 22, if_version: '0' })).toBeUndefined()
    expect(await storage.put(owner, 'absent', { value: 1, if_version: '1' })).toBeUndefined()
    expect(await storage.usage(owner)).toEqual(await counted())
    await storage.delete(owner, 'é')
    expect(await storage.delete(owner, 'é')).toBe(false)
    expect(await storage.usage(owner)).toEqual({ bytes: 2, keys: 1 })
    expect(await storage.clear(owner)).toBe(1)
    expect(await storage.usage(owner)).toEqual({ bytes: 0, keys: 0 })
  })

  it('ends at a number of bytes: what does not fit is refused, and what was there stays', async () => {
    await storage.put(owner, 'a', { value: 'x'.repeat(900) })
    await expect(storage.put(owner, 'b', { value: 'x'.repeat(200) })).rejects.toMatchObject({
      code: 'storage_quota_exceeded',
      message: expect.stringMatching(/"keeper".*903 of 1000 bytes/),
    })
    await expect(storage.put(owner, 'a', { value: 'x'.repeat(1_000) })).rejects.toThrow(/full/)
    expect(await storage.get(owner, 'a')).toMatchObject({ value: 'x'.repeat(900) })
    await storage.put(owner, 'a', { value: 'small again' })
    await storage.put(owner, 'b', { value: 'x'.repeat(200) })
    expect(await storage.usage(owner)).toEqual(await counted())
  })

  it('ends at a number of keys; those that are there can still be written', async () => {
    for (let index = 0; index < 10; index += 1) await storage.put(owner, `key-${index}`, { value: index })
    await expect(storage.put(owner, 'one-more', { value: 1 })).rejects.toThrow(/10 of 10 keys/)
    await storage.put(owner, 'key-3', { value: 'three' })
    await storage.delete(owner, 'key-0')
    await storage.put(owner, 'one-more', { value: 1 })
  })

  it('may shrink even where it is too much already', async () => {
    await storage.put(owner, 'a', { value: 'x'.repeat(900) })
    const lowered = new PluginStorage(database, { bytes: 500, keys: 1 })
    await lowered.put(owner, 'a', { value: 'x'.repeat(800) })
    await expect(lowered.put(owner, 'a', { value: 'x'.repeat(801) })).rejects.toThrow(/full/)
  })

  it('holds against many writers at once, on two nodes', async () => {
    const writes = Array.from({ length: 60 }, (_, index) =>
      (index % 2 ? storage : elsewhere).put(owner, `key-${index % 30}`, { value: index }).then(
        () => true,
        () => false,
      ),
    )
    const written = await Promise.all(writes)
    expect(written).toContain(false)
    expect(await storage.usage(owner)).toEqual(await counted())
    expect((await storage.usage(owner)).keys).toBe(10)
  })

  it('is not taken from another plugin', async () => {
    await storage.put(owner, 'a', { value: 'x'.repeat(990) })
    await storage.put(other, 'a', { value: 'x'.repeat(990) })
    expect((await storage.list(other, list)).entries).toHaveLength(1)
  })

  it('is listed in pages that end in time, whatever the pattern costs', async () => {
    storage = new PluginStorage(database, { bytes: 10_000_000, keys: 1_000 })
    const run = 'a'.repeat(7_990)
    for (let index = 0; index < 100; index += 1) await storage.put(owner, `${run}${index}`, { value: 1 })
    const pattern = `*${'a?'.repeat(1_500)}b`
    let pages = 0
    for (let cursor: string | undefined, more = true; more; pages += 1) {
      const started = performance.now()
      const page = await storage.list(owner, { ...list, pattern, cursor })
      expect(performance.now() - started).toBeLessThan(1_500)
      expect(page.entries).toEqual([])
      cursor = page.next_cursor ?? undefined
      more = cursor !== undefined
    }
    expect(pages).toBeGreaterThan(1)
  })

  it('has no room taken by what has expired', async () => {
    await storage.put(owner, 'old', { value: 'x'.repeat(900), ttl_ms: 0 })
    await expect.poll(() => storage.get(owner, 'old')).toBeUndefined()
    await storage.put(owner, 'new', { value: 'x'.repeat(900) })
    expect(await storage.usage(owner)).toEqual(await counted())
    await storage.put(owner, 'new', { value: 1, ttl_ms: 0 })
    await expect.poll(() => storage.get(owner, 'new')).toBeUndefined()
    await storage.prune()
    expect(await storage.usage(owner)).toEqual({ bytes: 0, keys: 0 })
  })
})
