import { STATUS_CODES } from 'node:http'
import { OpsError } from '@ops-center/plugin-sdk'

/** One wrong place of a request: a JSON pointer into the body, or `/name` of a query parameter. */
export interface ProblemDetail {
  pointer: string
  detail: string
}

export interface HttpProblemOptions {
  /** A URI that names this kind of problem for programs; default: `about:blank`, what the status says. */
  type?: string
  errors?: ProblemDetail[]
  headers?: Record<string, string>
  cause?: unknown
}

/**
 * An error that is answered as `application/problem+json` with its status.
 *
 * @example throw new HttpProblem(409, 'An alert that is resolved cannot be acknowledged')
 */
export class HttpProblem extends OpsError {
  readonly status: number
  readonly type: string
  readonly errors: ProblemDetail[]
  readonly headers: Record<string, string>

  constructor(status: number, detail: string, options: HttpProblemOptions = {}) {
    super(`http_${status}`, detail, { cause: options.cause })
    this.status = status
    this.type = options.type ?? 'about:blank'
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }

  get title(): string {
    return STATUS_CODES[this.status] ?? 'Error'
  }
}

/** The 404 of a resource, the same for one that does not exist and one of another organization. */
export function notFound(kind: string, id: string): HttpProblem {
  return new HttpProblem(404, `There is no ${kind} ${JSON.stringify(id.slice(0, 128))}`)
}
