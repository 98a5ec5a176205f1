import { AsyncLocalStorage } from 'node:async_hooks'
import { isSpanContextValid, trace } from '@opentelemetry/api'
import { formatTraceparent, parseTraceparent } from './traceparent.js'

/** The caller's, for a server that nobody traces: it is handed on all the same. */
const given = new AsyncLocalStorage<string | undefined>()

/** Runs work that belongs to a caller's trace; undefined for work that is nobody's. */
export function withGivenTrace<Result>(traceparent: string | undefined, work: () => Result): Result {
  // Where nobody traces this stays unused: from its first use on, every promise of the process costs more.
  return given.getStore() === traceparent ? work() : given.run(traceparent, work)
}

/** What is handed on to plugins and kept with events: the active span, else what the caller sent. */
export function currentTraceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext()
  return active && isSpanContextValid(active) ? formatTraceparent(active) : given.getStore()
}

/** The same as a header; none without a trace. */
export function traceHeader(): { traceparent?: string } {
  const traceparent = currentTraceparent()
  return traceparent === undefined ? {} : { traceparent }
}

/** The id by which log lines are found. */
export function currentTraceId(): string | undefined {
  return parseTraceparent(currentTraceparent())?.traceId
}
