import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { memoryLimit } from '../../../src/host/runtimes/memory-limit.js'
import { watchMemory } from '../../../src/host/runtimes/watch-memory.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('looks at all processes at once, tells of those over their limit, and rests when there are none', () => {
  const over: number[] = []
  const watch = (read: () => number | undefined) =>
    watchMemory({ read, limit: 100, onOver: (used) => over.push(used) })
  let grown = 50
  const unwatch = [watch(() => 100), watch(() => undefined), watch(() => grown)]
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(1_000)
  expect(over).toEqual([])
  grown = 101
  vi.advanceTimersByTime(1_000)
  expect(over).toEqual([101])
  for (const end of unwatch) end()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(5_000)
  expect(over).toEqual([101])
})

it('allows a process its heap, and Node and buffers beside it', () => {
  const limit = memoryLimit('64MB')
  expect([limit.heapMegabytes, limit.bytes]).toEqual([64, 256 * 1_048_576])
  expect(limit.accusation(312.4 * 1_048_576)).toBe(
    'it used 312 MB of memory: 256 MB are allowed (resources.memory 64MB, and 192 MB for Node and its buffers)',
  )
})
