import type { OnErrorPolicy } from '@ops-center/plugin-sdk/protocol'

/** Repetitions for a hook that says nothing of retries; one whose failures are ignored gets none. */
const DEFAULT_RETRIES = 4
/** Seconds before the second attempt, the third ...; the last one is kept. */
const BACKOFF_SECONDS = [1, 5, 30, 120, 600]

/** What a hook says of its failures. */
export interface HookPolicy {
  handler: string
  retries?: number | undefined
  on_error?: OnErrorPolicy | undefined
}

/** What becomes of the handlers that failed. */
export interface RetryDecision {
  /** Those that get another attempt. */
  again: string[]
  /** Those that had their last, whose failure is kept as a dead letter. */
  dead: string[]
  /** Those that had their last, and whose failure changes nothing. */
  ignored: string[]
  /** Those of the dead without which the plugin shall not go on. */
  stopping: string[]
  /** When to try again. */
  runAt: Date
}

/** What follows the failure of `handlers` in their `attempt`th attempt (the first is 1). */
export function decideRetry(
  hooks: readonly HookPolicy[],
  handlers: readonly string[],
  attempt: number,
  now = new Date(),
): RetryDecision {
  const decision: Omit<RetryDecision, 'runAt'> = { again: [], dead: [], ignored: [], stopping: [] }
  for (const handler of handlers) {
    const hook = hooks.find((one) => one.handler === handler)
    const isIgnored = hook?.on_error === 'ignore'
    const retries = hook?.retries ?? (isIgnored ? 0 : DEFAULT_RETRIES)
    if (attempt <= retries) decision.again.push(handler)
    else if (isIgnored) decision.ignored.push(handler)
    else {
      decision.dead.push(handler)
      if (hook?.on_error === 'stop') decision.stopping.push(handler)
    }
  }
  const seconds = BACKOFF_SECONDS[Math.min(attempt, BACKOFF_SECONDS.length) - 1] ?? 0
  return { ...decision, runAt: new Date(now.getTime() + seconds * 1_000) }
}
