import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileNameOf, parseFileName } from '../../src/storage/file-names.js'

const anyKey = fc.string({ unit: 'binary', maxLength: 400 })

describe('file names of keys', () => {
  it('are reversible for any key that is not too long', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const parsed = parseFileName(fileNameOf(key))
        expect(parsed).toBeDefined()
        if (parsed?.key !== undefined) expect(parsed.key).toBe(key)
      }),
    )
  })

  it('differ for different keys, even where case is ignored', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (left, right) => {
        fc.pre(left !== right)
        expect(fileNameOf(left).toLowerCase()).not.toBe(fileNameOf(right).toLowerCase())
      }),
    )
    const alike = ['a:b', 'a/b', 'a_b', 'A_b', 'a%3ab', 'a b', 'a.b', '%', '', '%%', 'é', 'e\u0301']
    expect(new Set(alike.map((key) => fileNameOf(key).toLowerCase())).size).toBe(alike.length)
  })

  it('are safe on every file system', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const name = fileNameOf(key)
        expect(name).toMatch(/^[a-z0-9_%-]+\.json$/)
        expect(name.length).toBeLessThanOrEqual(200)
      }),
    )
    expect(fileNameOf('con')).toBe('%63on.json')
    expect(fileNameOf('../../etc/passwd')).toBe('%2e%2e%2f%2e%2e%2fetc%2fpasswd.json')
  })

  it('are readable for ordinary keys', () => {
    expect(fileNameOf('device:1')).toBe('device%3a1.json')
    expect(fileNameOf('baseline_cpu-3')).toBe('baseline_cpu-3.json')
  })

  it('of other files are not taken for ours', () => {
    for (const name of [
      'README.md',
      '.DS_Store',
      'notes.JSON',
      'Device.json',
      'a%3Ab.json',
      'a%zz.json',
      '%ff.json',
    ]) {
      expect(parseFileName(name)).toBeUndefined()
    }
  })
})
