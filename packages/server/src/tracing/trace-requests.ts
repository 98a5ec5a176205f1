import { SpanStatusCode } from '@opentelemetry/api'
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv } from '../http/app-env.js'
import { withGivenTrace } from './current-trace.js'
import { parseTraceparent } from './traceparent.js'
import { isTraced, withSpan } from './with-span.js'

/** A request that begins. */
export interface TracedRequest {
  method: string
  path: string
  /** The header `traceparent`. */
  traceparent: string | undefined
}

/** How a request was answered. */
export interface TracedAnswer {
  status: number
  /** The pattern of its route. */
  route: string | undefined
  error?: Error | undefined
}

/** A span for every request of the app. */
export const traceRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { method, path } = c.req
  await traceRequest({ method, path, traceparent: c.req.header('traceparent') }, async () => {
    await next()
    return () => {
      const matched = matchedRoutes(c).findLast((route) => route.method === method || route.method === 'ALL')
      return { status: c.res.status, route: matched?.path, error: c.error }
    }
  })
}

/**
 * A span for a request, within the caller's trace if there is one.
 *
 * @param work Returns how to tell what became of it, which is asked only where somebody records.
 */
export function traceRequest(
  { method, path, traceparent }: TracedRequest,
  work: () => Promise<() => TracedAnswer>,
): Promise<unknown> {
  const parent = parseTraceparent(traceparent)
  if (!parent && !isTraced()) return work()
  const attributes = { 'http.request.method': method, 'url.path': path }
  const traced = () =>
    withSpan(method, { kind: 'server', parent, attributes }, async (span) => {
      const answered = await work()
      if (!span.isRecording()) return
      const { status, route, error } = answered()
      if (route) span.updateName(`${method} ${route}`)
      span.setAttributes({ 'http.response.status_code': status, ...(route ? { 'http.route': route } : {}) })
      if (status < 500) return
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (error) span.recordException(error)
    })
  return parent ? withGivenTrace(traceparent, traced) : traced()
}
