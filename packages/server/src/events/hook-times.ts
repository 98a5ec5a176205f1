import { parseDuration } from '@ops-center/plugin-sdk'
import { matchesEventPattern, type Registrations } from '@ops-center/plugin-sdk/protocol'

/** Milliseconds the host waits beyond what the handlers of a batch may take. */
const MARGIN_MS = 5_000
/** A batch never waits longer than this for an answer, whatever its handlers may take. */
const MAX_CALL_MS = 240_000

type Hooks = Registrations['hooks']

/** Milliseconds of the handlers that state a time of their own; undefined when none does. */
export function handlerTimeouts(hooks: Hooks): Record<string, number> | undefined {
  const stated = hooks.flatMap(({ handler, timeout }): [string, number][] =>
    timeout === undefined ? [] : [[handler, parseDuration(timeout)]],
  )
  return stated.length > 0 ? Object.fromEntries(stated) : undefined
}

/**
 * Milliseconds to wait for the answer to a batch: what its handlers may take, one after the other, and a little more.
 *
 * @param timeout Of each handler that states no time of its own.
 */
export function callTimeout(
  hooks: Hooks,
  deliveries: readonly { name: string; handlers?: string[] | undefined }[],
  timeout: number,
): number {
  let total = MARGIN_MS
  for (const { name, handlers } of deliveries) {
    for (const hook of hooks) {
      if (handlers ? !handlers.includes(hook.handler) : !matchesEventPattern(hook.event, name)) continue
      total += hook.timeout === undefined ? timeout : parseDuration(hook.timeout)
    }
    if (total >= MAX_CALL_MS) return MAX_CALL_MS
  }
  return total
}
