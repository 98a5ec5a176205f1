import type { Readable } from 'node:stream'

/** Characters of a line: a plugin that prints without end must not fill the host's memory. */
const MAX_LINE = 16_384

/** Hands on each line that a stream brings, and empty ones not; of a longer one its beginning, and how much was left out. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let line = ''
  let leftOut = 0
  const add = (text: string) => {
    const kept = text.slice(0, MAX_LINE - line.length)
    line += kept
    leftOut += text.length - kept.length
  }
  const end = () => {
    if (line !== '') onLine(leftOut > 0 ? `${line}… (${leftOut} more characters were left out)` : line)
    line = ''
    leftOut = 0
  }
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const [first = '', ...others] = chunk.split('\n')
    add(first)
    for (const part of others) {
      end()
      add(part)
    }
  })
  stream.on('end', end)
}
