import { parseManifest } from '@ops-center/plugin-sdk/manifest'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainAnswers } from '../../src/init/plugin-answers.js'

const answers = {
  id: 'weather',
  name: 'Weather',
  description: 'Watches the weather',
  author: 'DevOps Team',
  type: 'backend',
  category: 'monitoring',
  version: '1.0.0',
  license: 'Apache-2.0',
}

describe('plainAnswers', () => {
  it('takes what is plainly fine', () => {
    expect(plainAnswers(answers)).toEqual(answers)
  })

  it.each([
    { id: '../escape' },
    { id: 'Weather' },
    { name: '' },
    { name: ' ' },
    { name: 'a\nb' },
    { name: 'It is "new"' },
    { author: 'a\u001b[31mb' },
    { type: 'banana' },
    { category: 'constructor' },
    { version: '1.0' },
    { license: 'x'.repeat(300) },
  ])('leaves %j to the rules of the manifest', (wrong) => {
    expect(plainAnswers({ ...answers, ...wrong })).toBeUndefined()
  })

  it('never takes what the manifest would refuse', () => {
    const text = fc.string({ unit: 'binary', maxLength: 120 })
    const fields = fc.record({ name: text, description: text, author: text, version: text, license: text })
    fc.assert(
      fc.property(fields, (given) => {
        const plain = plainAnswers({ ...answers, ...given })
        if (plain !== undefined) expect(() => parseManifest(plain)).not.toThrow()
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][\p{L}\p{N} .,'()-]{0,99}$/u), (name) => {
        expect(plainAnswers({ ...answers, name })).toBeDefined()
        expect(() => parseManifest({ ...answers, name })).not.toThrow()
      }),
    )
  })
})
