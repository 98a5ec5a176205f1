import { parseDuration } from '@ops-center/plugin-sdk'
import { matchesEventPattern, type Registrations } from '@ops-center/plugin-sdk/protocol'

/** Milliseconds the host waits beyond what the handlers of a batch may take. */
const MARGIN_MS = 5_000
/** A batch of several events never waits longer than this for an answer, whatever its handlers may take. */
const MAX_CALL_MS = 240_000

/** `setTimeout` cannot wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

type Hooks = Registrations['hooks']

/** Milliseconds of the handlers that state a time of their own; undefined when none does. */
export function handlerTimeouts(hooks: Hooks): Record<string, number> | undefined {
  const stated = hooks.flatMap(({ handler, timeout }): [string, number][] =>
    timeout === undefined ? [] : [[handler, parseDuration(timeout)]],
  )
  return stated.length > 0 ? Object.fromEntries(stated) : undefined
}

/** What a delivery asks for: an event, and the handlers that it is repeated for. */
export interface AskedHandlers {
  name: string
  handlers?: readonly string[] | undefined
}

/**
 * Milliseconds to wait for the answer to a batch: what its handlers may take, one after the other, and a little more. An
 * event that goes alone has all the time that its handlers have.
 *
 * @param timeout Of each handler that states no time of its own.
 */
export function callTimeout(hooks: Hooks, deliveries: readonly AskedHandlers[], timeout: number): number {
  let total = MARGIN_MS
  for (const delivery of deliveries) {
    total += timeOf(hooks, delivery, timeout)
    if (total >= MAX_CALL_MS && deliveries.length > 1) return MAX_CALL_MS
  }
  return Math.min(total, LONGEST_TIMER_MS)
}

/** How many of the first deliveries go in one batch: one whose handlers may take longer than a batch goes alone. */
export function togetherInTime(hooks: Hooks, deliveries: readonly AskedHandlers[], timeout: number): number {
  const isLong = (some: Hooks) => MARGIN_MS + sumOf(some, timeout) > MAX_CALL_MS
  if (deliveries.length < 2 || !isLong(hooks)) return deliveries.length
  const first = deliveries.findIndex((delivery) => isLong(hooksOf(hooks, delivery)))
  return first === -1 ? deliveries.length : Math.max(1, first)
}

function timeOf(hooks: Hooks, delivery: AskedHandlers, timeout: number): number {
  return sumOf(hooksOf(hooks, delivery), timeout)
}

function hooksOf(hooks: Hooks, { name, handlers }: AskedHandlers): Hooks {
  return hooks.filter(({ event, handler }) =>
    handlers ? handlers.includes(handler) : matchesEventPattern(event, name),
  )
}

function sumOf(hooks: Hooks, timeout: number): number {
  return hooks.reduce(
    (sum, hook) => sum + (hook.timeout === undefined ? timeout : parseDuration(hook.timeout)),
    0,
  )
}
