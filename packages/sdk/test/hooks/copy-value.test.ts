import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { copyValue } from '../../src/hooks/copy-value.js'

function withHole(): unknown[] {
  const list = [1, 2, 3]
  delete list[1]
  return list
}

describe('a copy', () => {
  it('of anything is what structuredClone makes of it', () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    fc.assert(
      fc.property(values, (value) => {
        expect(copyValue(value)).toStrictEqual(structuredClone(value))
      }),
    )
  })

  it('shares nothing with the value', () => {
    const value = { tags: ['a'], limits: { cpu: 90 } }
    const copy = copyValue(value)
    expect(copy.tags).not.toBe(value.tags)
    expect(copy.limits).not.toBe(value.limits)
  })

  it('keeps cycles, and one object in two places is one in the copy', () => {
    const shared = { cpu: 90 }
    const value: Record<string, unknown> = { first: shared, second: [shared] }
    value.itself = value
    const copy = copyValue(value)
    expect(copy.itself).toBe(copy)
    expect(copy.second).toEqual([copy.first])
    expect(Array.isArray(copy.second) && copy.second[0]).toBe(copy.first)
  })

  it('takes a member called __proto__ for data', () => {
    const copy = copyValue<object>(JSON.parse('{"__proto__": {"admin": true}}'))
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}')
  })

  it.each([
    ['a named property', Object.assign([1], { unit: '%' })],
    ['a hole', withHole()],
    ['a hole and a named property', Object.assign(withHole(), { unit: '%' })],
  ])('of an array with %s keeps it', (_what, value) => {
    const copy = copyValue(value)
    expect(Object.entries(copy)).toEqual(Object.entries(value))
    expect(copy).toHaveLength(value.length)
  })

  it('of a large or deep value is one too', () => {
    let deep: unknown = 'bottom'
    for (let level = 0; level < 200; level += 1) deep = { deep }
    const value = { deep, wide: Array.from({ length: 500 }, (_, index) => ({ index })) }
    expect(JSON.stringify(copyValue(value))).toBe(JSON.stringify(value))
  })

  it('of a function or a symbol is refused', () => {
    expect(() => copyValue({ run: () => undefined })).toThrow(/could not be cloned/)
    expect(() => copyValue(Symbol('a'))).toThrow(/could not be cloned/)
  })

  it('of small plain data is made here, which is faster', () => {
    const clone = vi.spyOn(globalThis, 'structuredClone')
    copyValue({ device_id: 'pump-7', metrics: { cpu: 41.5 }, tags: ['a', 'b'] })
    expect(clone).not.toHaveBeenCalled()
    clone.mockRestore()
  })
})
