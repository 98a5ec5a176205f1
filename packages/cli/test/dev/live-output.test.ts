import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { createPrompts } from '../../src/dev/dev-prompts.js'
import { createLiveOutput, happened } from '../../src/dev/live-output.js'

/** A terminal that remembers what was written to it. */
function createTerminal(isTTY: boolean) {
  let written = ''
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 24 })
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString()
  })
  return { stream, text: () => stripVTControlCharacters(written) }
}

describe('createLiveOutput', () => {
  it('writes plain lines and no footer where there is no terminal', async () => {
    const { stream, text } = createTerminal(false)
    const output = createLiveOutput(stream)
    output.footer(['keys'])
    output.line('one')
    await vi.waitFor(() => expect(text()).toBe('one\n'))
  })

  it('breaks a long line between words, and goes on below its text', async () => {
    const { stream, text } = createTerminal(true)
    createLiveOutput(stream).line(happened('info', `Alert raised ${'a=1 '.repeat(20).trim()}`))
    await vi.waitFor(() => expect(text()).toMatch(/^.{19}Alert raised( a=1)+\n {19}a=1( a=1)*\n$/))
    for (const line of text().split('\n')) expect(line.length).toBeLessThan(80)
  })

  it('holds lines back while a prompt is open, and shows them after it', async () => {
    const { stream, text } = createTerminal(true)
    const output = createLiveOutput(stream)
    const seen: string[] = []
    await output.during(async (withNotice) => {
      seen.push(withNotice('Which?'))
      output.line('one')
      seen.push(withNotice('Which?'))
      output.line('two')
      seen.push(withNotice('Which?'))
      expect(text()).toBe('')
    })
    expect(seen.map(stripVTControlCharacters)).toEqual([
      'Which?',
      'Which? (1 line waits)',
      'Which? (2 lines wait)',
    ])
    await vi.waitFor(() => expect(text()).toBe('one\ntwo\n'))
  })

  it('keeps the end of what came while nobody answered', async () => {
    const { stream, text } = createTerminal(true)
    const output = createLiveOutput(stream)
    await output.during(async () => {
      for (let line = 1; line <= 1_200; line += 1) output.line(`line ${line}`)
    })
    await vi.waitFor(() => expect(text()).toMatch(/^\.\.\. 200 lines before\nline 201\n[\s\S]*line 1200\n$/))
  })

  it.each(['choose', 'write'] as const)('tells in an open prompt (%s) how many lines wait', async (kind) => {
    const { stream, text } = createTerminal(true)
    const output = createLiveOutput(stream)
    const input = Object.assign(new PassThrough(), { isTTY: false })
    const answer = output.during((withNotice) => {
      const prompts = createPrompts(withNotice, { input, output: stream })
      return kind === 'choose' ? prompts.choose('Which?', ['a', 'b']) : prompts.write('What?', 'a')
    })
    await vi.waitFor(() => expect(text()).toMatch(/Which\?|What\?/))
    output.line('something happened')
    await vi.waitFor(() => expect(text()).toContain('(1 line waits)'))
    expect(text()).not.toContain('something happened')
    input.write('\r')
    expect(await answer).toBe('a')
    await vi.waitFor(() => expect(text()).toContain('something happened\n'))
  })
})
