import { describe, expect, it } from 'vitest'
import { decideRetry } from '../../src/events/retry-policy.js'

const hooks = [
  { handler: 'plain' },
  { handler: 'thrice', retries: 2 },
  { handler: 'careless', on_error: 'ignore' as const },
  { handler: 'patient', on_error: 'ignore' as const, retries: 1 },
  { handler: 'strict', on_error: 'stop' as const, retries: 0 },
]
const now = new Date('2026-01-27T10:30:45.000Z')
const decide = (handlers: string[], attempt: number) => decideRetry(hooks, handlers, attempt, now)

describe('what follows a failed delivery', () => {
  it('is another attempt, until the retries of the hook are used up', () => {
    expect(decide(['plain', 'thrice'], 2)).toMatchObject({ again: ['plain', 'thrice'], dead: [] })
    expect(decide(['plain', 'thrice'], 3)).toMatchObject({ again: ['plain'], dead: ['thrice'] })
    expect(decide(['plain'], 5)).toMatchObject({ again: [], dead: ['plain'], stopping: [] })
  })

  it('is nothing for a hook that ignores failures, unless it states retries', () => {
    expect(decide(['careless', 'patient'], 1)).toMatchObject({
      again: ['patient'],
      ignored: ['careless'],
      dead: [],
    })
    expect(decide(['patient'], 2)).toMatchObject({ again: [], ignored: ['patient'], dead: [] })
  })

  it('is a dead letter and the end of the plugin for a hook that says stop', () => {
    expect(decide(['strict'], 1)).toMatchObject({ dead: ['strict'], stopping: ['strict'] })
  })

  it('comes after a time that grows', () => {
    const seconds = [1, 2, 3, 4, 5, 6].map(
      (attempt) => (decide([], attempt).runAt.getTime() - now.getTime()) / 1_000,
    )
    expect(seconds).toEqual([1, 5, 30, 120, 600, 600])
  })
})
