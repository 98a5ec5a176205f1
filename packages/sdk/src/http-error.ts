import { OpsError } from './errors.js'

/** One problem of an input: where (a JSON pointer) and what. */
export interface ProblemDetail {
  pointer: string
  detail: string
}

/**
 * Thrown by a route handler to answer with a status: `throw new HttpError(404, 'No model for "pump-7"')`.
 * The answer is `application/problem+json` with the message as `detail`.
 */
export class HttpError extends OpsError {
  readonly status: number
  readonly errors: readonly ProblemDetail[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    detail: string,
    options: { errors?: readonly ProblemDetail[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super('http_error', detail, { cause: options.cause })
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`HttpError got the status ${status}: expected 400 to 599`)
    }
    this.status = status
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }
}
