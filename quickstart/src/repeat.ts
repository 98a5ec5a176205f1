import { setTimeout as sleep } from 'node:timers/promises'

/** Something that goes on until it is stopped. */
export interface Repetition {
  /** Lets the work under way finish, and begins no other. */
  stop(): Promise<void>
}

/**
 * Does some work now and then every `interval` milliseconds. Work that takes longer than that is not done twice at a
 * time: the turns it missed are left out, and the others stay where they were.
 */
export function repeat(
  interval: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Repetition {
  const stopping = new AbortController()
  const over = go()
  return {
    stop: () => {
      stopping.abort()
      return over
    },
  }

  async function go(): Promise<void> {
    const begin = performance.now()
    while (!stopping.signal.aborted) {
      await work().catch(onError)
      const next = interval - ((performance.now() - begin) % interval)
      // Aborting is how a pause ends early, not a failure.
      await sleep(next, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
}
