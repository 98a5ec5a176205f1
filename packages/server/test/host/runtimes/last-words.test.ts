import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LastWords } from '../../../src/host/runtimes/last-words.js'

const crash = { code: 1, signal: null }
const says = (...lines: string[]) => {
  const words = new LastWords()
  for (const line of lines) words.hear(line, 'stderr')
  return words
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

it.each([
  ['Error: no database', 'exit code 1 after "Error: no database"'],
  ['TypeError [ERR_INVALID_ARG_TYPE]: not a port', 'after "TypeError [ERR_INVALID_ARG_TYPE]: not a port"'],
  ['    at file:///main.js:1:1', 'exit code 1'],
  ['An Error: somewhere in a sentence', 'exit code 1'],
])('tells why a process ended that said %j', (line, expected) => {
  expect(says(line, 'Node.js v20.20.2').describe(crash)).toMatch(expected)
  if (!expected.includes('after')) expect(says(line).describe(crash)).toBe(expected)
})

it('tells that a heap was full, whatever the system calls that', () => {
  const full = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'
  expect(says(full).describe({ code: null, signal: 'SIGSEGV' })).toBe(`signal SIGSEGV after "${full}"`)
})

it('takes an error of long ago, a line of stdout and a kill for no reason', () => {
  const words = says('Error: of long ago')
  expect(words.describe({ code: null, signal: 'SIGKILL' })).toBe('signal SIGKILL')
  vi.advanceTimersByTime(5_000)
  expect(words.describe(crash)).toBe('exit code 1')
  words.hear('Error: printed', 'stdout')
  expect(words.describe(crash)).toBe('exit code 1')
})

it('tells for what the host ended it', () => {
  const words = says('Error: of its own')
  words.accuse('it used 312 MB of memory')
  expect(words.describe({ code: null, signal: 'SIGKILL' })).toBe(
    'signal SIGKILL after it used 312 MB of memory',
  )
})

it('is no longer than what fits into a message', () => {
  expect(says(`Error: ${'x'.repeat(10_000)}`).describe(crash).length).toBeLessThan(400)
})
