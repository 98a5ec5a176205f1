import { SpanStatusCode } from '@opentelemetry/api'
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv } from '../http/app-env.js'
import { parseTraceparent } from './traceparent.js'
import { isTraced, type OpenSpan, openSpan } from './with-span.js'

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

/** The span of one request. */
export interface RequestSpan extends Pick<OpenSpan, 'run'> {
  end(answered: TracedAnswer): void
}

/** A span for every request of the app. */
export const traceRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { method, path } = c.req
  const span = openRequestSpan({ method, path, traceparent: c.req.header('traceparent') })
  if (!span) return next()
  await span.run(next)
  const matched = matchedRoutes(c).findLast((route) => route.method === method || route.method === 'ALL')
  span.end({ status: c.res.status, route: matched?.path, error: c.error })
}

/** A span for a request, within the caller's trace if there is one; undefined where neither he nor anybody here traces. */
export function openRequestSpan({ method, path, traceparent }: TracedRequest): RequestSpan | undefined {
  const parent = parseTraceparent(traceparent)
  if (!parent && !isTraced()) return undefined
  const attributes = { 'http.request.method': method, 'url.path': path }
  const { span, run } = openSpan(method, { kind: 'server', parent, attributes })
  return {
    run,
    end({ status, route, error }) {
      if (route) span.updateName(`${method} ${route}`)
      span.setAttributes({ 'http.response.status_code': status, ...(route ? { 'http.route': route } : {}) })
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      if (status >= 500 && error) span.recordException(error)
      span.end()
    },
  }
}
