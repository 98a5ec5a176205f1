import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { currentTraceId } from '../tracing/current-trace.js'
import type { AppEnv } from './app-env.js'
import { NO_REPEAT_GUARD } from './idempotency.js'

/** A request that was answered. */
export interface AnsweredRequest {
  method: string
  path: string
  status: number
  /** When it came, by `performance.now()`. */
  start: number
  principal: string | undefined
}

/** Gives each request an id (the caller's `X-Request-Id`, if it has one) and one line in the log. */
export function requestLog(logger: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const requestId = requestIdOf(c.req.header('x-request-id'))
    c.set('requestId', requestId)
    c.set('logger', requestLogger(logger, requestId))
    c.set('causedBy', undefined)
    c.set('repeatGuard', NO_REPEAT_GUARD)
    const start = performance.now()
    await next()
    c.res.headers.set('x-request-id', requestId)
    const { method, path } = c.req
    const principal = c.var.principal?.id
    logRequest(logger, requestId, { method, path, status: c.res.status, start, principal })
  }
}

/** The caller's own id for a request, or a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID()
}

/** A logger that writes the request's id, and that of its trace, into every line. */
export function requestLogger(logger: Logger, requestId: string): Logger {
  const traceId = currentTraceId()
  return logger.child({ request_id: requestId, ...(traceId === undefined ? {} : { trace_id: traceId }) })
}

/** One line for a request, as loud as its answer is bad. */
export function logRequest(
  logger: Logger,
  requestId: string,
  { method, path, status, start, principal }: AnsweredRequest,
): void {
  const level = status === 500 ? 'error' : status > 500 ? 'warn' : status >= 400 ? 'info' : 'debug'
  if (!logger.isLevelEnabled(level)) return
  const ms = Math.round((performance.now() - start) * 10) / 10
  requestLogger(logger, requestId)[level](
    { method, path, status, ms, principal },
    `${method} ${path} ${status}`,
  )
}
