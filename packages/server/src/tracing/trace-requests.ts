import { SpanStatusCode } from '@opentelemetry/api'
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { AppEnv } from '../http/app-env.js'
import { withGivenTrace } from './current-trace.js'
import { parseTraceparent } from './traceparent.js'
import { withSpan } from './with-span.js'

/** A span for every request, within the caller's trace if it sends a `traceparent`. */
export const traceRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  const header = c.req.header('traceparent')
  const parent = parseTraceparent(header)
  const traced = () =>
    withSpan(
      c.req.method,
      {
        kind: 'server',
        parent,
        attributes: { 'http.request.method': c.req.method, 'url.path': c.req.path },
      },
      async (span) => {
        await next()
        if (!span.isRecording()) return
        const route = matchedRoutes(c).findLast(({ method }) => method === c.req.method || method === 'ALL')
        if (route) span.updateName(`${c.req.method} ${route.path}`)
        span.setAttributes({
          'http.response.status_code': c.res.status,
          ...(route ? { 'http.route': route.path } : {}),
        })
        if (c.res.status < 500) return
        span.setStatus({ code: SpanStatusCode.ERROR })
        if (c.error) span.recordException(c.error)
      },
    )
  await (parent ? withGivenTrace(header, traced) : traced())
}
