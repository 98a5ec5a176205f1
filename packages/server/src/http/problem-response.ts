import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { isDatabaseUnavailable } from '../database/unavailable.js'
import type { AppEnv } from './app-env.js'
import { HttpProblem } from './http-problem.js'

const RETRY_AFTER_SECONDS = '5'

/** The answer to anything that was thrown: known problems as they are, everything else 500 and a line in the log. */
export function answerError(error: unknown, c: Context<AppEnv>): Response {
  const problem = problemOf(error)
  if (problem.status === 500) c.var.logger.error({ err: error }, 'Request failed')
  return problemResponse(problem, c)
}

/** A problem as `application/problem+json` (RFC 9457). */
export function problemResponse(problem: HttpProblem, c: Context<AppEnv>): Response {
  const { text, headers } = problemContent(problem, c.req.path, c.var.requestId)
  return new Response(text, { status: problem.status, headers })
}

/** What a problem is answered with. */
export function problemContent(
  problem: HttpProblem,
  path: string,
  requestId: string,
): { text: string; headers: Record<string, string> } {
  const body = {
    type: problem.type,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: path,
    errors: problem.errors,
    request_id: requestId,
  }
  const headers = {
    'content-type': 'application/problem+json',
    'x-request-id': requestId,
    ...problem.headers,
  }
  return { text: JSON.stringify(body), headers }
}

/** Anything that was thrown, as a problem. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (error instanceof HTTPException) return ofHono(error)
  if (error instanceof Error && /timeout exceeded when trying to connect/.test(error.message)) {
    return new HttpProblem(503, 'The database is too busy to answer in time', {
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    })
  }
  if (isDatabaseUnavailable(error)) {
    return new HttpProblem(503, 'The database cannot be reached right now', {
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    })
  }
  return new HttpProblem(
    500,
    'Something went wrong on the server; its log has the reason under this request_id',
    {
      cause: error,
    },
  )
}

function ofHono(error: HTTPException): HttpProblem {
  const detail = error.status === 415 ? 'Send the body as application/json' : error.message
  return new HttpProblem(error.status, detail, { cause: error })
}
