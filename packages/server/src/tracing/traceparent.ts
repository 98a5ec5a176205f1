import { isSpanContextValid, type SpanContext } from '@opentelemetry/api'

const PATTERN = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-|$)/

/**
 * The span that a W3C `traceparent` names; undefined for anything else. Written here, because the API alone reads no
 * headers, and an operator's own propagator may read others: what plugins get must not depend on that.
 */
export function parseTraceparent(text: string | null | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = PATTERN.exec(text ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return isSpanContextValid(context) ? context : undefined
}

/** @example formatTraceparent(span.spanContext()) // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`
}
