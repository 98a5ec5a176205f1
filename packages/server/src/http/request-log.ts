import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { currentTraceId } from '../tracing/current-trace.js'
import type { AppEnv } from './app-env.js'
import { NO_REPEAT_GUARD } from './idempotency.js'

/** Gives each request an id (the caller's `X-Request-Id`, if it has one) and one line in the log. */
export function requestLog(logger: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const given = c.req.header('x-request-id')
    const requestId = given !== undefined && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID()
    c.set('requestId', requestId)
    const traceId = currentTraceId()
    const traced = traceId === undefined ? {} : { trace_id: traceId }
    c.set('logger', logger.child({ request_id: requestId, ...traced }))
    c.set('causedBy', undefined)
    c.set('repeatGuard', NO_REPEAT_GUARD)
    const start = performance.now()
    await next()
    c.res.headers.set('x-request-id', requestId)
    const { status } = c.res
    const level = status === 500 ? 'error' : status > 500 ? 'warn' : status >= 400 ? 'info' : 'debug'
    if (!logger.isLevelEnabled(level)) return
    c.var.logger[level](
      {
        method: c.req.method,
        path: c.req.path,
        status,
        ms: Math.round((performance.now() - start) * 10) / 10,
        principal: c.var.principal?.id,
      },
      `${c.req.method} ${c.req.path} ${status}`,
    )
  }
}
