import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { errorMessage } from '@ops-center/plugin-sdk'
import { SERVER_VERSION } from '../server-version.js'
import { withGivenTrace } from './current-trace.js'
import { formatTraceparent, parseTraceparent } from './traceparent.js'

export interface SpanSettings {
  kind?: 'server' | 'client' | 'consumer'
  attributes?: Attributes
  /** The span it goes on; default: the active one. */
  parent?: SpanContext | undefined
  /** Belongs to no request, but was caused by those whose `traceparent` is given. */
  causes?: Iterable<string | null | undefined>
}

const NOBODYS = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
/** Stands for that of the provider which the operator registers, now or later. */
const TRACER = trace.getTracer('ops-center', SERVER_VERSION)
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER }

/** A span that whoever hears of its end has to end. */
export interface OpenSpan {
  readonly span: Span
  /** Does work within it. */
  run<Result>(work: () => Result): Result
}

/**
 * Does work within a span, which fails as the work does. Without a provider of OpenTelemetry nothing is recorded.
 *
 * @example await withSpan('plugin.task', { causes: [], attributes: { 'ops.task': 'train' } }, () => run())
 */
export function withSpan<Result>(
  name: string,
  settings: SpanSettings,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  if (settings.parent || isTraced()) return inSpan(openSpan(name, settings), work)
  return settings.causes ? withGivenTrace(undefined, () => work(NOBODYS)) : work(NOBODYS)
}

async function inSpan<Result>(
  { span, run }: OpenSpan,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  try {
    return await run(() => work(span))
  } catch (error) {
    failSpan(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** Opens a span for work that ends by a callback; see {@link withSpan} for all other work. */
export function openSpan(name: string, { kind, attributes = {}, parent, causes }: SpanSettings): OpenSpan {
  const outer = causes ? ROOT_CONTEXT : context.active()
  const within = parent ? trace.setSpanContext(outer, parent) : outer
  const span = TRACER.startSpan(
    name,
    {
      kind: kind ? KINDS[kind] : SpanKind.INTERNAL,
      attributes,
      ...(causes ? { links: linksOf(causes) } : {}),
    },
    within,
  )
  const isNobodys = span.spanContext() === INVALID_SPAN_CONTEXT
  const active = isNobodys ? within : trace.setSpan(within, span)
  return {
    span,
    run(work) {
      const run = () => (isNobodys ? work() : context.with(active, work))
      // A worker that was started by a request goes on long after it: its work is none of that request's.
      if (causes) return withGivenTrace(undefined, run)
      return parent ? withGivenTrace(formatTraceparent(parent), run) : run()
    },
  }
}

export function failSpan(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : errorMessage(error))
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorMessage(error) })
}

/** Whether the operator registered a provider of OpenTelemetry. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider && provider.getDelegateTracer('ops-center') === undefined)
}

function linksOf(causes: Iterable<string | null | undefined>) {
  return [...new Set(causes)].flatMap((traceparent) => {
    const cause = parseTraceparent(traceparent)
    return cause ? [{ context: cause }] : []
  })
}
