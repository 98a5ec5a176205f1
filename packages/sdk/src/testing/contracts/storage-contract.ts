import { testStorageExpiry } from './storage-expiry-contract.js'
import { testStorageOrder } from './storage-order-contract.js'
import type { StorageTest, StorageUnderTest } from './storage-under-test.js'
import { type ContractRunner, rejection } from './test-runner.js'

const HARD_KEYS = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '../../etc/passwd',
    'con',
    'NUL',
    'a:b',
    'a/b',
    'a\\b',
    'a_b',
    'a%3ab',
    'a*b',
    'a?b',
    'a[b]',
  ],
  ...[
    'device',
    'Device',
    'DEVICE',
    'é',
    'e\u0301',
    '\u0000',
    'a\u0000b',
    'a\nb',
    '🔥',
    '👩‍🚀:1',
    '__proto__',
    'constructor',
  ],
  ...['x'.repeat(300), `${'x'.repeat(300)}y`, 'X'.repeat(300), '🔥'.repeat(300)],
]

const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1.5,
    1e300,
    '',
    'text',
    '\u0000 and 🔥 and "quotes"\n',
    [],
    {},
    [[null], { a: [] }],
  ],
  { '': 1, 'a.b': 2, deep: { list: [1, 'two', { three: null }] } },
]

const NOT_JSON: readonly [path: string, value: unknown][] = [
  ['value', undefined],
  ['value', Number.NaN],
  ['value.list[1]', { list: [1, Number.POSITIVE_INFINITY] }],
  ['value.at', { at: new Date(0) }],
  ['value.note', { note: undefined }],
  ['value["a b"].map', { 'a b': { map: new Map([[1, 2]]) } }],
  ['value.set', { set: new Set([1]) }],
  ['value.big', { big: 1n }],
  ['value.run', { run: () => 1 }],
  ['value[0]', [Symbol('s')]],
  ['value.bytes', { bytes: new Uint8Array(2) }],
  ['value.error', { error: new Error('x') }],
]

/**
 * Tests that every storage driver must pass.
 *
 * @example storageContract({ describe, it, expect }, async () => ({ storage: new MockStorage() }))
 */
export function storageContract(runner: ContractRunner, makeStorage: () => Promise<StorageUnderTest>): void {
  const test: StorageTest = (title, body) =>
    runner.it(title, async () => {
      const made = await makeStorage()
      try {
        await body({ ...made, expect: runner.expect })
      } finally {
        await made.close?.()
      }
    })
  runner.describe('values', () => testValues(test))
  runner.describe('keys', () => testKeys(test))
  runner.describe('order and atomicity', () => testStorageOrder(test))
  runner.describe('time to live', () => testStorageExpiry(test))
}

function testValues(test: StorageTest): void {
  test('any JSON value reads back as it was', async ({ storage, expect }) => {
    for (const [index, value] of VALUES.entries()) {
      await storage.set(`key-${index}`, value)
      expect(await storage.get(`key-${index}`)).toEqual(value)
    }
  })

  test('a missing value reads as undefined or as the default, a stored null as null', async ({
    storage,
    expect,
  }) => {
    await storage.set('nothing', null)
    expect(await storage.get('missing')).toBe(undefined)
    expect(await storage.get('missing', 7)).toBe(7)
    expect(await storage.get<number | null>('nothing', 7)).toBe(null)
  })

  test('what JSON cannot carry is refused, naming the path to it, and the old value stays', async ({
    storage,
    expect,
  }) => {
    await storage.set('key', 'old')
    for (const [path, value] of NOT_JSON) {
      const error = await rejection(storage.set('key', value))
      expect([error.code, error.path]).toEqual(['storage_value_invalid', path])
      expect(error.message).toContain(path)
    }
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect((await rejection(storage.set('key', cycle))).path).toBe('value.self')
    expect((await rejection(storage.update('key', () => Number.NaN))).code).toBe('storage_value_invalid')
    expect(await storage.get('key')).toBe('old')
  })

  test('values are copies: changing what was stored or read changes nothing', async ({ storage, expect }) => {
    const given = { list: [1] }
    const stored = storage.set('key', given)
    given.list.push(2)
    await stored
    const read = await storage.get('key', given)
    read.list.push(3)
    expect(await storage.get('key')).toEqual({ list: [1] })
  })
}

function testKeys(test: StorageTest): void {
  test('any key keeps its own value, and is listed as it was given', async ({ storage, expect }) => {
    for (const key of HARD_KEYS) await storage.set(key, { key })
    for (const key of HARD_KEYS) expect(await storage.get(key)).toEqual({ key })
    expect(await storage.listKeys()).toEqual([...HARD_KEYS].sort())
    for (const key of HARD_KEYS) expect(await storage.delete(key)).toBe(true)
    expect(await storage.listKeys()).toEqual([])
  })

  test('a key with half a surrogate pair is refused', async ({ storage, expect }) => {
    expect((await rejection(storage.set('cut \ud83d', 1))).code).toBe('storage_key_invalid')
    expect((await rejection(storage.get('cut \ud83d'))).code).toBe('storage_key_invalid')
  })

  test('delete and exists tell whether there was a value', async ({ storage, expect }) => {
    await storage.set('key', null)
    expect(await storage.exists('key')).toBe(true)
    expect(await storage.delete('key')).toBe(true)
    expect(await storage.delete('key')).toBe(false)
    expect(await storage.exists('key')).toBe(false)
  })

  test('a pattern selects keys and entries, sorted', async ({ storage, expect }) => {
    for (const key of ['device:2', 'device:1', 'device:10', 'alert:1', 'devices', 'a*b', 'DEVICE:1']) {
      await storage.set(key, `value of ${key}`)
    }
    expect(await storage.listKeys('device:*')).toEqual(['device:1', 'device:10', 'device:2'])
    expect(await storage.listKeys('device:?')).toEqual(['device:1', 'device:2'])
    expect(await storage.listKeys('device:[13]*')).toEqual(['device:1', 'device:10'])
    expect(await storage.listKeys('a\\*b')).toEqual(['a*b'])
    expect(await storage.listKeys('nothing:*')).toEqual([])
    expect(await storage.entries('device:?')).toEqual([
      ['device:1', 'value of device:1'],
      ['device:2', 'value of device:2'],
    ])
  })

  test('clear removes everything', async ({ storage, expect }) => {
    await storage.set('a', 1)
    await storage.set('x'.repeat(300), 2)
    await storage.clear()
    expect(await storage.entries()).toEqual([])
    expect(await storage.exists('a')).toBe(false)
  })
}
