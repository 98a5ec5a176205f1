import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect, it } from 'vitest'
import { readLines } from '../../../src/host/runtimes/read-lines.js'

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough()
  const lines: string[] = []
  readLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await finished(stream)
  return lines
}

it('hands on lines, however they come, the last one too, and no empty ones', async () => {
  const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)]
  expect(await linesOf('a\nb', 'c\n\n', first, second, '\nlast')).toEqual(['a', 'bc', 'ü', 'last'])
})

it('says how much of a line was left out, and begins anew with the next', async () => {
  const chunk = 'x'.repeat(65_536)
  const [long, short, cut, ...more] = await linesOf(...Array(80).fill(chunk), '\nshort\n', chunk)
  expect(long).toBe(`${'x'.repeat(16_384)}… (${80 * 65_536 - 16_384} more characters were left out)`)
  expect(short).toBe('short')
  expect(cut).toContain(`… (${65_536 - 16_384} more`)
  expect(more).toEqual([])
  expect(await linesOf('y'.repeat(16_384))).toEqual(['y'.repeat(16_384)])
})
