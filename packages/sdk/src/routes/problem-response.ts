import { STATUS_CODES } from 'node:http'
import type { ProblemDetail } from '../http-error.js'

export interface ProblemOptions {
  errors?: readonly ProblemDetail[]
  headers?: Readonly<Record<string, string>>
}

/** An `application/problem+json` answer (RFC 9457). */
export function problemResponse(status: number, detail: string, options: ProblemOptions = {}): Response {
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(options.errors?.length ? { errors: options.errors } : {}),
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...options.headers, 'content-type': 'application/problem+json' },
  })
}
