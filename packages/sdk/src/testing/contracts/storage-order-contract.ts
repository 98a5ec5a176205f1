import type { Storage } from '../../storage/storage.js'
import type { StorageTest } from './storage-under-test.js'
import { rejection } from './test-runner.js'

/** Order of calls and atomic updates. */
export function testStorageOrder(test: StorageTest): void {
  test('calls take effect in the order they were made', async ({ storage, expect }) => {
    const calls = [storage.set('key', 1), storage.delete('key'), storage.set('key', 2), storage.set('key', 3)]
    expect(await storage.get('key')).toBe(3)
    calls.push(storage.clear(), storage.set('key', 4))
    expect(await storage.listKeys()).toEqual(['key'])
    await Promise.all(calls)
    expect(await storage.get('key')).toBe(4)
  })

  test('50 updates at once are 50 updates', async ({ storage, other, expect }) => {
    const add = (target: Storage) => target.update<number>('count', (count = 0) => count + 1)
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => add(index % 2 ? (other ?? storage) : storage)),
    )
    expect(await storage.get('count')).toBe(50)
    expect(results.sort((left, right) => left - right)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    )
  })

  test('an update whose function fails changes nothing and blocks nobody', async ({ storage, expect }) => {
    await storage.set('key', { count: 1 })
    const error = await rejection(
      storage.update<{ count: number }>('key', (current) => {
        if (current) current.count = 99
        throw new Error('no')
      }),
    )
    expect(error.message).toBe('no')
    expect(
      await storage.update<{ count: number }>('key', async (now) => ({ count: (now?.count ?? 0) + 1 })),
    ).toEqual({
      count: 2,
    })
  })

  test('an update may read everything and write other keys, but writing its own key is refused', async ({
    storage,
    expect,
  }) => {
    await storage.set('key', 1)
    const seen = await storage.update<unknown>('key', async (current) => {
      await storage.set('log', current)
      return [current, await storage.get('key'), await storage.listKeys()]
    })
    expect(seen).toEqual([1, 1, ['key', 'log']])
    const error = await rejection(
      storage.update('key', async () => {
        await storage.set('key', 2)
      }),
    )
    expect(error.code).toBe('storage_deadlock')
    expect(await storage.get('log')).toBe(1)
  })

  test('an update that another process overtakes starts again from the newer value', async ({
    storage,
    other,
    expect,
  }) => {
    if (other === undefined) return
    let runs = 0
    const total = await storage.update<number>('key', async (current = 0) => {
      runs++
      if (runs === 1) await other.set('key', 10)
      return current + 1
    })
    expect([total, runs, await other.get('key')]).toEqual([11, 2, 11])
  })
}
