import type { StorageTest } from './storage-under-test.js'
import { rejection } from './test-runner.js'

/** Times to live. */
export function testStorageExpiry(test: StorageTest): void {
  test('a value with a time to live is gone when it is over', async ({ storage, advance, expect }) => {
    if (advance === undefined) return
    await storage.set('short', 1, { ttl: '2s' })
    await storage.set('x'.repeat(300), 2, { ttl: 4000 })
    await storage.set('kept', 3)
    await advance(1000)
    expect(await storage.get('short')).toBe(1)
    await advance(1500)
    expect(await storage.get('short', 'gone')).toBe('gone')
    expect(await storage.exists('short')).toBe(false)
    expect(await storage.delete('short')).toBe(false)
    expect(await storage.listKeys('[sx]*')).toEqual(['x'.repeat(300)])
    await advance(2000)
    expect(await storage.entries()).toEqual([['kept', 3]])
  })

  test('set forgets an earlier time to live, update keeps it or sets a new one', async ({
    storage,
    advance,
    expect,
  }) => {
    if (advance === undefined) return
    const increment = (count = 0) => count + 1
    for (const key of ['set', 'kept', 'longer']) await storage.set(key, 1, { ttl: '2s' })
    await storage.set('set', 2)
    await storage.update('kept', increment)
    await storage.update('longer', increment, { ttl: '5s' })
    await advance(2500)
    expect(await storage.entries()).toEqual([
      ['longer', 2],
      ['set', 2],
    ])
    expect(await storage.update('kept', increment)).toBe(1)
    await advance(5500)
    expect(await storage.listKeys()).toEqual(['kept', 'set'])
  })

  test('a time to live that is none is refused', async ({ storage, expect }) => {
    expect((await rejection(storage.set('key', 1, { ttl: 0 }))).code).toBe('storage_ttl_invalid')
    expect((await rejection(storage.set('key', 1, { ttl: 'soon' }))).code).toBe('duration_invalid')
    expect(await storage.exists('key')).toBe(false)
  })
}
