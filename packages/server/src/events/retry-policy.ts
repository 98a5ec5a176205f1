/** Attempts of a handler whose hook says nothing of retries. */
const DEFAULT_RETRIES = 4
/** Seconds before the second attempt, the third ...; the last one is kept. */
const BACKOFF_SECONDS = [1, 5, 30, 120, 600]

interface Hook {
  handler: string
  retries?: number | undefined
}

/** The failed handlers that get another attempt, and those that had their last. */
export interface RetryDecision {
  again: string[]
  dead: string[]
  /** When to try again. */
  runAt: Date
}

/** What follows the failure of `handlers` in their `attempt`th attempt (the first is 1). */
export function decideRetry(
  hooks: readonly Hook[],
  handlers: readonly string[],
  attempt: number,
  now = new Date(),
): RetryDecision {
  const again = handlers.filter((name) => {
    const retries = hooks.find((hook) => hook.handler === name)?.retries ?? DEFAULT_RETRIES
    return attempt <= retries
  })
  const seconds = BACKOFF_SECONDS[Math.min(attempt, BACKOFF_SECONDS.length) - 1] ?? 0
  return {
    again,
    dead: handlers.filter((name) => !again.includes(name)),
    runAt: new Date(now.getTime() + seconds * 1_000),
  }
}
