import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globToRegExp } from '../../src/storage/glob.js'

const matches = (pattern: string, key: string) => globToRegExp(pattern).test(key)

/** The definition of `*` and `?`, without any cleverness. */
function naive(pattern: readonly string[], key: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return key.length === 0
  if (first === '*') return naive(rest, key) || (key.length > 0 && naive(pattern, key.slice(1)))
  return key.length > 0 && (first === '?' || first === key[0]) && naive(rest, key.slice(1))
}

describe('globToRegExp', () => {
  it('matches as the definition says', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 })
    const key = fc.array(fc.constantFrom('a', 'b', '\n', '🔥'), { maxLength: 10 })
    fc.assert(
      fc.property(pattern, key, (given, found) => {
        expect(matches(given.join(''), found.join(''))).toBe(naive(given, found))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes everything but stars, question marks, sets and backslashes literally', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        const escaped = key.replace(/[*?[\\]/g, '\\$&')
        expect(matches(escaped, key)).toBe(true)
        expect(matches(escaped, `${key}x`)).toBe(false)
      }),
    )
  })

  it('knows sets: members, ranges, negation, escapes', () => {
    expect(matches('device:[12]', 'device:2')).toBe(true)
    expect(matches('device:[12]', 'device:3')).toBe(false)
    expect(matches('[a-c]x', 'bx')).toBe(true)
    expect(matches('[c-a]x', 'bx')).toBe(true)
    expect(matches('[^a-c]', 'b')).toBe(false)
    expect(matches('[^a-c]', 'd')).toBe(true)
    expect(matches('[a\\]]', ']')).toBe(true)
    expect(matches('[a-]', '-')).toBe(true)
    expect(matches('[🔥-🔨]', '🔧')).toBe(true)
  })

  it('takes a bracket that is never closed, and a backslash at the end, as themselves', () => {
    expect(matches('a[bc', 'a[bc')).toBe(true)
    expect(matches('a\\', 'a\\')).toBe(true)
    expect(matches('[]', '')).toBe(false)
  })

  it('stays fast for patterns made to be slow', () => {
    const started = performance.now()
    expect(matches('*a'.repeat(40), `${'a'.repeat(5000)}b`)).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
