import { errorMessage, OpsError } from '../errors.js'
import type { PreparedRequest } from './build-request.js'
import { ApiConnectionError, ApiResponseError, ApiTimeoutError } from './errors.js'
import { readBody, responseError } from './read-response.js'
import { failureCode } from './retry-policy.js'

/** What the client needs of `fetch`; the global one, a Hono app's `app.fetch` and fakes all fit. */
export type FetchFunction = (request: Request) => Response | Promise<Response>

const MAX_REDIRECTS = 5
const MAX_TIMER = 2_147_483_647

/**
 * Redirects are followed only within the server's origin, because each request carries the key, and only where the
 * method survives: a POST that silently becomes a GET would look like success.
 */
function redirectTarget(request: PreparedRequest, response: Response, from: URL): URL | undefined {
  const location = response.headers.get('location')
  if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
    return undefined
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  const keepsMethod = request.method === 'GET' || request.method === 'HEAD' || response.status >= 307
  if (target?.origin === from.origin && keepsMethod) return target
  const why =
    target !== undefined && target.origin !== from.origin
      ? `${target.origin}, another server, where the key must not go: set OPS_CENTER_API_URL to the address that answers itself`
      : `${JSON.stringify(location)}, which would lose the method or is no address`
  throw new ApiResponseError(
    'api_redirect_refused',
    `${request.method} ${request.path} was redirected to ${why}`,
    { method: request.method, path: request.path, status: response.status },
  )
}

async function exchange(
  request: PreparedRequest,
  fetch: FetchFunction,
  signal: AbortSignal,
): Promise<unknown> {
  let url = request.url
  for (let hops = 0; ; hops++) {
    const response = await fetch(
      new Request(url, {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        redirect: 'manual',
        signal,
      }),
    )
    const target = redirectTarget(request, response, url)
    if (target === undefined) {
      const body = await readBody(request, response)
      if (response.status >= 300) throw responseError(request, response, body)
      return body
    }
    await response.body?.cancel()
    if (hops >= MAX_REDIRECTS) {
      throw new ApiResponseError(
        'api_redirect_refused',
        `${request.method} ${request.path} was redirected more than ${MAX_REDIRECTS} times`,
        { method: request.method, path: request.path, status: response.status },
      )
    }
    url = target
  }
}

/**
 * Sends a request once and reads the whole answer within the time limit.
 *
 * @throws ApiError for anything but a good answer; the reason of whichever of `signals` aborted.
 */
export async function sendOnce(
  request: PreparedRequest,
  fetch: FetchFunction,
  timeout: number,
  signals: readonly AbortSignal[],
): Promise<unknown> {
  const { method, path, url } = request
  // Linked by hand: AbortSignal.any keeps every short-lived signal alive as long as the client's own in Node 20.
  const controller = new AbortController()
  const stop = (reason: unknown) => controller.abort(reason)
  const stopped = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true })
  })
  const listeners = signals.map((signal) => ({ signal, listener: () => stop(signal.reason) }))
  for (const { signal } of listeners) signal.throwIfAborted()
  for (const { signal, listener } of listeners) signal.addEventListener('abort', listener, { once: true })
  const limited = timeout > 0 && timeout <= MAX_TIMER
  const timer = limited
    ? setTimeout(() => {
        const message = `${method} ${path} got no answer from ${url.origin} within ${timeout} ms`
        stop(new ApiTimeoutError('api_timeout', message, { method, path }))
      }, timeout)
    : undefined
  try {
    // The race also ends calls through a fetch that does not heed its signal.
    return await Promise.race([exchange(request, fetch, controller.signal), stopped])
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason
    if (error instanceof OpsError) throw error
    const reason = failureCode(error) ?? errorMessage(error)
    throw new ApiConnectionError(
      'api_connection_failed',
      `${method} ${path} could not reach Ops-Center at ${url.origin} (${reason}): is it running, and is OPS_CENTER_API_URL right?`,
      { method, path, cause: error },
    )
  } finally {
    clearTimeout(timer)
    for (const { signal, listener } of listeners) signal.removeEventListener('abort', listener)
  }
}
