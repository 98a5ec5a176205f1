import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeJson, NotJsonError } from '../../src/storage/json-value.js'

function pathRefused(value: unknown): string | undefined {
  try {
    encodeJson(value)
  } catch (error) {
    if (error instanceof NotJsonError) return error.path
    throw error
  }
  return undefined
}

describe('encodeJson', () => {
  it('carries every JSON value exactly, -0 included', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(encodeJson(value))).toEqual(value)
      }),
    )
    expect(Object.is(JSON.parse(encodeJson({ a: [-0] })).a[0], -0)).toBe(true)
  })

  it('either carries a value exactly or refuses it', () => {
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withBigInt: true,
      withTypedArray: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        if (pathRefused(value) === undefined)
          expect(JSON.parse(encodeJson(value))).toStrictEqual(plain(value))
      }),
    )
  })

  it('names the path and the fix', () => {
    expect(() => encodeJson({ readings: [{ at: new Date(0) }] })).toThrow(
      'value.readings[0].at is a Date, which JSON cannot carry: use date.toISOString()',
    )
    expect(() => encodeJson({ 'a b': Number.NaN }, 'args', 'task_args_invalid')).toThrow('args["a b"] is NaN')
  })

  it('refuses holes and named properties of arrays, symbol keys and class instances', () => {
    class Reading {
      level = 1
    }
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    expect(pathRefused([1, , 3])).toBe('value[1]')
    expect(pathRefused(/b/.exec('abc'))).toBe('value.index')
    expect(pathRefused({ [Symbol('s')]: 1 })).toBe('value')
    expect(pathRefused({ last: new Reading() })).toBe('value.last')
    expect(pathRefused({ toJSON: () => 1 })).toBe('value.toJSON')
  })

  it('takes the same object twice, but not inside itself', () => {
    const shared = { a: 1 }
    expect(encodeJson([shared, shared])).toBe('[{"a":1},{"a":1}]')
    const list: unknown[] = [1]
    list.push({ list })
    expect(pathRefused(list)).toBe('value[1].list')
  })

  it('takes plain objects without prototype or from another realm', () => {
    expect(encodeJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}')
    expect(encodeJson(runInNewContext('({ a: [1] })'))).toBe('{"a":[1]}')
  })

  it('refuses nesting that would overflow the stack', () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(() => encodeJson(deep)).toThrow('nested deeper than 1000 levels')
  })
})

/** The same data without null prototypes, which JSON does not remember. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
