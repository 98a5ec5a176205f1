import { AsyncLocalStorage } from 'node:async_hooks'

/** The W3C `traceparent` of what the plugin is doing, so that its log lines and requests belong to that trace. */
const current = new AsyncLocalStorage<string>()

const PATTERN = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}(-|$)/

/** Runs work within a trace; anything that is no `traceparent` counts as none. */
export function withTrace<Result>(traceparent: string | null | undefined, work: () => Result): Result {
  return traceparent && PATTERN.test(traceparent) ? current.run(traceparent, work) : work()
}

export function currentTraceparent(): string | undefined {
  return current.getStore()
}

/** What each log line carries; nothing outside of a trace. */
export function traceFields(): { trace_id?: string } {
  const traceId = PATTERN.exec(current.getStore() ?? '')?.[1]
  return traceId === undefined ? {} : { trace_id: traceId }
}
