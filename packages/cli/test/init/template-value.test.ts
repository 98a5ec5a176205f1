import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { fillTemplate } from '../../src/init/template-value.js'

// What the manifest lets through as a name: one line without control characters.
const name = fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.replace(/[\p{Cc}\p{Cs}]/gu, '.'))

describe('fillTemplate', () => {
  it('writes YAML that reads back as the same text', () => {
    fc.assert(
      fc.property(name, (value) => {
        expect(parse(fillTemplate('a: {{yaml:value}}\nb: 1\n', { value }))).toEqual({ a: value, b: 1 })
      }),
    )
  })

  it('writes TypeScript that reads back as the same text', () => {
    fc.assert(
      fc.property(name, (value) => {
        const literal = fillTemplate('{{ts:value}}', { value })
        expect(literal.split('\n')).toHaveLength(1)
        expect(new Function(`return ${literal}`)()).toBe(value)
      }),
    )
  })

  it.each(['1.0', 'yes', 'null', '- a', '# a', 'a: b', '{a', "it's", '"', '\\'])(
    'keeps %j text in YAML',
    (value) => {
      expect(parse(fillTemplate('a: {{yaml:value}}', { value }))).toEqual({ a: value })
    },
  )

  it('refuses a placeholder that nothing fills in', () => {
    expect(() => fillTemplate('{{ts:nobody}}', {})).toThrow(/\{\{ts:nobody\}\}/)
  })
})
