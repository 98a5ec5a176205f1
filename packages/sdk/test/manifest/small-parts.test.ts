import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPlatformRange, nearestName, parseMemorySize } from '../../src/manifest/index.js'
import { formatManifestPath, parseManifestPath } from '../../src/manifest/manifest-path.js'

describe('checkPlatformRange', () => {
  it('is silent when the platform fits, pre-releases included', () => {
    expect(checkPlatformRange('>=0.1 <1', '0.1.0')).toBeUndefined()
    expect(checkPlatformRange('>=0.1 <1', '0.2.0-beta.1')).toBeUndefined()
    expect(checkPlatformRange(undefined, '9.9.9')).toBeUndefined()
  })

  it('names both versions when it does not', () => {
    expect(checkPlatformRange('>=0.1 <1', '1.2.0')).toBe('needs Ops-Center >=0.1 <1, this one is 1.2.0')
  })
})

describe('parseMemorySize', () => {
  it.each([
    ['128MB', 134_217_728],
    ['1GB', 1_073_741_824],
    ['512 kb', 524_288],
  ])('reads %s', (text, bytes) => {
    expect(parseMemorySize(text)).toBe(bytes)
  })

  it.each(['', '128', '1.5MB', '-1MB', 'MB'])('refuses %j', (text) => {
    expect(() => parseMemorySize(text)).toThrow(/is not a memory size/)
  })
})

describe('nearestName', () => {
  it.each([
    ['permisions', 'permissions'],
    ['hook', 'hooks'],
    ['vresion', 'version'],
    ['colour', undefined],
  ])('of %s is %s', (word, expected) => {
    expect(nearestName(word, ['permissions', 'hooks', 'version'])).toBe(expected)
  })
})

describe('a manifest path', () => {
  it('is read back as it was written', () => {
    const step = fc.oneof(fc.nat(1000), fc.string({ minLength: 1 }))
    fc.assert(
      fc.property(fc.array(step), (path) => {
        expect(parseManifestPath(formatManifestPath(path))).toEqual(path)
      }),
    )
  })
})
