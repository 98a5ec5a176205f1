import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../clock.js'
import { type Duration, parseDuration } from '../duration.js'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves on, firing timers in their order and letting what they start settle in between. */
  advance(duration: Duration): Promise<void>
  /** Has `advance` wait for this after every timer, for work that takes more than a turn of the event loop. */
  afterTimer(settle: () => Promise<void>): void
  /** Sets the time without firing timers, as a suspended computer or a corrected clock does; negative goes back. */
  jump(milliseconds: number): void
}

interface FakeTimer {
  readonly callback: () => void
  readonly due: number
}

const LONGEST_TIMER = 2 ** 31 - 1
const START = Date.parse('2026-01-01T00:00:00.000Z')

/**
 * Creates a fake clock.
 *
 * @param start its first time. Default: 2026-01-01T00:00:00Z.
 * @example
 * const clock = createFakeClock()
 * const storage = new MockStorage({ clock })
 * await clock.advance('1h')
 */
export function createFakeClock(start: Date | number = START): FakeClock {
  // Timers follow `elapsed`, which a jump leaves alone: real timers do not notice that the clock was set either.
  let elapsed = 0
  let offset = Number(start)
  let lastId = 0
  const timers = new Map<number, FakeTimer>()
  const settlers: (() => Promise<void>)[] = []

  const firstDueBy = (limit: number): [id: number, timer: FakeTimer] | undefined => {
    let first: [number, FakeTimer] | undefined
    for (const entry of timers) {
      if (entry[1].due <= limit && (first === undefined || entry[1].due < first[1].due)) first = entry
    }
    return first
  }

  return {
    now: () => offset + elapsed,
    setTimeout(callback, milliseconds) {
      lastId++
      // Real timers fire at once when asked to wait longer than they can count.
      const delay = milliseconds > LONGEST_TIMER ? 1 : Math.max(0, milliseconds)
      timers.set(lastId, { callback, due: elapsed + delay })
      return lastId
    },
    clearTimeout(timer) {
      timers.delete(Number(timer))
    },
    afterTimer(settle) {
      settlers.push(settle)
    },
    jump(milliseconds) {
      offset += milliseconds
    },
    async advance(duration) {
      const target = elapsed + parseDuration(duration)
      await nextTurn()
      for (let next = firstDueBy(target); next !== undefined; next = firstDueBy(target)) {
        const [id, timer] = next
        timers.delete(id)
        elapsed = timer.due
        timer.callback()
        await nextTurn()
        for (const settle of settlers) await settle()
      }
      elapsed = target
      await nextTurn()
    },
  }
}
