import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignmentTo, isForbiddenName, readAt, writeAt } from '../../src/config/config-path.js'
import { freezeDeep } from '../../src/config/config-value.js'

const names = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 8 })
  .filter((name) => !isForbiddenName(name))
const paths = fc.array(names, { minLength: 1, maxLength: 5 })
const trees = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 }))

describe('paths', () => {
  it('read back what was written, whatever the names and whatever was there', () => {
    fc.assert(
      fc.property(trees, paths, fc.jsonValue(), (tree, steps, value) => {
        // A list takes positions only; what else it is given is refused, which another test shows.
        fc.pre(steps.every((_step, length) => !Array.isArray(readAt(tree, steps.slice(0, length)))))
        const { steps: at, value: whole } = assignmentTo(tree, steps, value)
        expect(readAt(writeAt(tree, at, whole), steps)).toEqual(value)
      }),
    )
  })

  it('change nothing but what is written, and never what was given', () => {
    fc.assert(
      fc.property(trees, names, names, fc.jsonValue(), (tree, name, other, value) => {
        fc.pre(name !== other)
        freezeDeep(tree)
        const written = writeAt(tree, [name], value)
        expect(readAt(written, [other])).toEqual(readAt(tree, [other]))
      }),
    )
  })

  it('never reach what all objects share', () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      expect(readAt({}, [name])).toBeUndefined()
      expect(readAt({ a: [] }, ['a', name])).toBeUndefined()
    }
    expect(() => writeAt({}, ['a', '__proto__', 'x'], 1)).toThrow(/"__proto__" is not allowed/)
  })
})
