import { OpsError } from '../errors.js'

/** An error answer as RFC 9457 describes it; the fields the platform sends, and whatever else came along. */
export interface Problem {
  type?: string
  title?: string
  status?: number
  detail?: string
  instance?: string
  errors?: { pointer?: string; detail?: string }[]
  request_id?: string
  [extension: string]: unknown
}

/** What is known about a failed call. */
export interface ApiErrorDetails {
  method: string
  /** Path below `/api/v1`, without the query. */
  path: string
  status?: number | undefined
  problem?: Problem | undefined
  /** The answer's body, parsed when it was JSON. */
  body?: unknown
  requestId?: string | undefined
  /** Milliseconds the server asked to wait. */
  retryAfter?: number | undefined
  cause?: unknown
}

/**
 * Anything that went wrong while calling the Ops-Center API. Subclasses say what it means, `status` and `problem`
 * keep what the server said; both are `undefined` when there was no answer.
 *
 * @example
 * try { await plugin.api.devices.get('dev-1') }
 * catch (error) { if (error instanceof ApiNotFoundError) return undefined; throw error }
 */
export class ApiError extends OpsError {
  readonly status: number | undefined
  readonly problem: Problem | undefined
  readonly body: unknown
  readonly method: string
  readonly path: string
  readonly requestId: string | undefined
  /** Milliseconds the server asked to wait (`Retry-After`). */
  readonly retryAfter: number | undefined

  constructor(code: string, message: string, details: ApiErrorDetails) {
    super(code, message, 'cause' in details ? { cause: details.cause } : undefined)
    this.status = details.status
    this.problem = details.problem
    this.body = details.body
    this.method = details.method
    this.path = details.path
    this.requestId = details.requestId
    this.retryAfter = details.retryAfter
  }
}

/** 400: the server did not understand the request. */
export class ApiBadRequestError extends ApiError {}
/** 401: the key is missing, wrong, expired or revoked. */
export class ApiUnauthorizedError extends ApiError {}
/** 403: the key lacks a permission, which the problem's detail names. */
export class ApiForbiddenError extends ApiError {}
/** 404: nothing there, or it belongs to another organization. */
export class ApiNotFoundError extends ApiError {}
/** 409: the request contradicts the present state, such as an id already taken. */
export class ApiConflictError extends ApiError {}
/** 413: the body is larger than the server takes. */
export class ApiTooLargeError extends ApiError {}
/** 422: fields are missing or wrong; `problem.errors` names each with its pointer. */
export class ApiValidationError extends ApiError {}
/** 429: too many requests; `retryAfter` says how long to wait. */
export class ApiRateLimitError extends ApiError {}
/** 502, 503 or 504: the server, or what stands before it, cannot answer at present. */
export class ApiUnavailableError extends ApiError {}
/** Another 5xx: the server failed. */
export class ApiServerError extends ApiError {}
/** An answer that cannot be read: broken JSON, or a redirect that may not be followed. */
export class ApiResponseError extends ApiError {}
/** No answer within the time limit. */
export class ApiTimeoutError extends ApiError {}
/** The server could not be reached, or the connection broke; `cause` has the reason. */
export class ApiConnectionError extends ApiError {}
/** The client was closed while the call was under way. */
export class ApiClosedError extends ApiError {}
/** The call itself is wrong, so nothing was sent: a path, an id, a header or a body that cannot be. */
export class ApiRequestError extends ApiError {}
/** The server's address or the key is missing or unusable, so nothing was sent. */
export class ApiConfigurationError extends ApiError {}
