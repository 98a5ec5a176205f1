import { errorMessage } from '../errors.js'
import type { PreparedRequest } from './build-request.js'
import {
  ApiBadRequestError,
  ApiConflictError,
  ApiError,
  type ApiErrorDetails,
  ApiForbiddenError,
  ApiNotFoundError,
  ApiRateLimitError,
  ApiResponseError,
  ApiServerError,
  ApiTooLargeError,
  ApiUnauthorizedError,
  ApiUnavailableError,
  ApiValidationError,
  type Problem,
} from './errors.js'
import { parseRetryAfter } from './retry-policy.js'

type ErrorClass = new (code: string, message: string, details: ApiErrorDetails) => ApiError
interface Meaning {
  Type: ErrorClass
  code: string
  fix?: string
}

const UNAVAILABLE: Meaning = { Type: ApiUnavailableError, code: 'api_unavailable' }
const MEANINGS: Readonly<Record<number, Meaning>> = {
  400: { Type: ApiBadRequestError, code: 'api_bad_request' },
  401: {
    Type: ApiUnauthorizedError,
    code: 'api_unauthorized',
    fix: 'check OPS_CENTER_API_KEY: the key may be wrong, expired or revoked',
  },
  403: {
    Type: ApiForbiddenError,
    code: 'api_forbidden',
    fix: 'a plugin asks for permissions in plugin.yaml, and the operator grants them',
  },
  404: { Type: ApiNotFoundError, code: 'api_not_found' },
  409: { Type: ApiConflictError, code: 'api_conflict' },
  413: { Type: ApiTooLargeError, code: 'api_too_large' },
  422: { Type: ApiValidationError, code: 'api_validation_failed' },
  429: { Type: ApiRateLimitError, code: 'api_rate_limited' },
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
}

function meaningOf(status: number): Meaning {
  const known = MEANINGS[status]
  if (known !== undefined) return known
  if (status >= 500) return { Type: ApiServerError, code: 'api_server_failed' }
  return { Type: ApiError, code: 'api_failed' }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
}

/** What the server said, in words: the detail, then each wrong field. */
function explain(problem: Problem | undefined, body: unknown, statusText: string): string {
  if (problem === undefined) return typeof body === 'string' && body !== '' ? body.slice(0, 500) : statusText
  const said =
    [problem.detail, problem.title].find((text) => typeof text === 'string' && text !== '') ?? statusText
  const fields = (Array.isArray(problem.errors) ? problem.errors : [])
    .slice(0, 10)
    .map((error) => `${error?.pointer ?? ''} ${error?.detail ?? ''}`.trim())
    .filter((text) => text !== '')
  return fields.length === 0 ? said : `${said} (${fields.join('; ')})`
}

/** The error an answer of 400 or more means. */
export function responseError(request: PreparedRequest, response: Response, body: unknown): ApiError {
  const { Type, code, fix } = meaningOf(response.status)
  const problem = isProblem(body) ? body : undefined
  const sent = problem?.request_id ?? response.headers.get('x-request-id')
  const requestId = typeof sent === 'string' && sent !== '' ? sent : undefined
  const said = explain(problem, body, response.statusText)
  const message = `${request.method} ${request.path} answered ${response.status}${said === '' ? '' : `: ${said}`}`
  return new Type(
    code,
    message +
      (fix === undefined ? '' : `; ${fix}`) +
      (requestId === undefined ? '' : ` (request ${requestId})`),
    {
      method: request.method,
      path: request.path,
      status: response.status,
      problem,
      body,
      requestId,
      retryAfter: parseRetryAfter(response.headers.get('retry-after')),
    },
  )
}

function isJson(contentType: string): boolean {
  return /^[^;]*[/+]json\s*(;|$)/i.test(contentType)
}

/** The answer's body: parsed JSON, a text, bytes for anything else, `undefined` when there is none. */
export async function readBody(request: PreparedRequest, response: Response): Promise<unknown> {
  if (request.method === 'HEAD' || response.status === 204 || response.status === 205) {
    await response.body?.cancel()
    return undefined
  }
  const contentType = response.headers.get('content-type') ?? ''
  if (response.ok && !isJson(contentType) && contentType !== '' && !/^text\//i.test(contentType)) {
    return new Uint8Array(await response.arrayBuffer())
  }
  const text = await response.text()
  if (text === '') return undefined
  if (!isJson(contentType) && (contentType !== '' || !/^\s*[[{]/.test(text))) return text
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (!response.ok || contentType === '') return text
    throw new ApiResponseError(
      'api_response_invalid',
      `${request.method} ${request.path} answered ${response.status} with broken JSON (${errorMessage(cause)}): ${JSON.stringify(text.slice(0, 200))}; is ${request.url.origin} an Ops-Center?`,
      { method: request.method, path: request.path, status: response.status, body: text, cause },
    )
  }
}
