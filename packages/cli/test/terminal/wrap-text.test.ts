import { describe, expect, it } from 'vitest'
import { wrapText } from '../../src/terminal/wrap-text.js'

describe('wrapText', () => {
  it('leaves a text alone where there is no terminal', () => {
    const text = 'word '.repeat(100)
    expect(wrapText(text, undefined, '  ')).toBe(text)
  })

  it('breaks between words and indents what goes on', () => {
    expect(wrapText(`error ${'word '.repeat(12)}end`, 40, '  ')).toBe(
      'error word word word word word word\n  word word word word word word end',
    )
  })

  it('goes on under the indentation that a line has already', () => {
    expect(wrapText(`    ${'word '.repeat(9)}end`, 40, '  ')).toBe(
      '    word word word word word word word\n      word word end',
    )
  })

  it('does not count colours', () => {
    const red = '\u001b[31merror\u001b[39m'
    expect(wrapText(`${red} ${'word '.repeat(6)}end`, 41)).toBe(`${red} ${'word '.repeat(6)}end`)
  })

  it('keeps lines, and words that are too long', () => {
    const address = `http://example.com/${'x'.repeat(60)}`
    expect(wrapText(`see\n${address} now`, 40)).toBe(`see\n${address}\nnow`)
  })
})
