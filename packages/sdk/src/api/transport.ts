import { type Duration, parseDuration } from '../duration.js'
import { buildRequest } from './build-request.js'
import type { ApiMethod, ApiRequestOptions } from './call-options.js'
import { ApiClosedError, ApiNotFoundError } from './errors.js'
import { mayHaveArrived, retryDelay } from './retry-policy.js'
import { type FetchFunction, sendOnce } from './send-once.js'

/** What `onRequest` is told before each attempt. */
export interface ApiRequestInfo {
  method: ApiMethod
  /** Path below `/api/v1`, without the query. */
  path: string
  query: Readonly<Record<string, string | string[]>>
  json: unknown
  /** 1 for the first attempt, 2 for the first repetition. */
  attempt: number
}

/** Options with their defaults filled in; the functions are asked at each call. */
export interface TransportOptions {
  url: () => string | undefined
  apiKey: () => string | undefined
  headers: () => Readonly<Record<string, string>>
  fetch: FetchFunction
  timeout: number
  retries: number
  onRequest: ((info: ApiRequestInfo) => void) | undefined
}

/** Sends calls of the API, repeating what is safe to repeat. */
export interface Transport {
  send(method: ApiMethod, path: string, options?: ApiRequestOptions): Promise<unknown>
  close(): void
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {}
  for (const name of new Set(url.searchParams.keys())) {
    const [first = '', ...more] = url.searchParams.getAll(name)
    query[name] = more.length === 0 ? first : [first, ...more]
  }
  return query
}

function wait(milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = signals.find((signal) => signal.aborted)
    if (aborted !== undefined) return reject(aborted.reason)
    const done = () => {
      clearTimeout(timer)
      for (const { signal, listener } of listeners) signal.removeEventListener('abort', listener)
    }
    const timer = setTimeout(() => {
      done()
      resolve()
    }, milliseconds)
    const listeners = signals.map((signal) => ({
      signal,
      listener: () => {
        done()
        reject(signal.reason)
      },
    }))
    for (const { signal, listener } of listeners) signal.addEventListener('abort', listener, { once: true })
  })
}

function timeoutOf(given: Duration | undefined, fallback: number): number {
  return given === undefined ? fallback : parseDuration(given)
}

/** A transport; `close()` ends what is under way, and later calls work again. */
export function createTransport(options: TransportOptions): Transport {
  let closing = new AbortController()

  const send = async (method: ApiMethod, path: string, call: ApiRequestOptions = {}): Promise<unknown> => {
    const closed = closing.signal
    call.signal?.throwIfAborted()
    const request = buildRequest(method, path, call, {
      url: options.url(),
      apiKey: options.apiKey(),
      headers: options.headers(),
    })
    const timeout = timeoutOf(call.timeout, options.timeout)
    const repeatable = call.repeatable ?? (method !== 'POST' || request.headers.has('idempotency-key'))
    const signals = call.signal === undefined ? [closed] : [closed, call.signal]
    let perhapsDone = false
    for (let attempt = 1; ; attempt++) {
      options.onRequest?.({
        method,
        path: request.path,
        query: queryOf(request.url),
        json: call.json,
        attempt,
      })
      try {
        return await sendOnce(request, options.fetch, timeout, signals)
      } catch (error) {
        if (error === closed.reason && closed.aborted) {
          const message = `${method} ${request.path} was given up because the API client was closed`
          throw new ApiClosedError('api_closed', message, { method, path: request.path })
        }
        // An earlier attempt whose answer was lost has already deleted it.
        if (method === 'DELETE' && perhapsDone && error instanceof ApiNotFoundError) return undefined
        const delay = attempt > options.retries ? undefined : retryDelay(error, attempt, repeatable)
        if (delay === undefined || call.signal?.aborted) throw error
        perhapsDone ||= mayHaveArrived(error)
        await wait(delay, signals).catch((reason: unknown) => {
          if (reason !== closed.reason || call.signal?.aborted) throw reason
          const message = `${method} ${request.path} was given up because the API client was closed`
          throw new ApiClosedError('api_closed', message, { method, path: request.path, cause: error })
        })
      }
    }
  }

  return {
    send,
    close() {
      closing.abort()
      closing = new AbortController()
    },
  }
}
