import { CliError } from '../cli-error.js'
import { explainRefusal } from './explain-refusal.js'
import type { PlatformOptions } from './platform-options.js'
import { requireKey, resolvePlatform } from './resolve-platform.js'

interface PlatformRequest {
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly json?: unknown
  readonly body?: ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds to wait for the answer to begin. */
  readonly timeout?: number
  /** A status with which the answer is one, too, unless it is a problem: 503 has the health of a plugin that is not well. */
  readonly answersWith?: number
}

/** Talks to the REST API and turns every refusal into words. */
export interface PlatformClient {
  /** Address without `/api/v1`, for messages. */
  readonly url: string
  /** The parsed JSON of the answer; `undefined` for an empty one. */
  request(method: string, path: string, request?: PlatformRequest): Promise<unknown>
  /** The parsed JSON of an answer that {@link open} gave. */
  readJson(response: Response, what: string): Promise<unknown>
  /** The answer itself, for what is streamed. */
  open(method: string, path: string, request?: PlatformRequest): Promise<Response>
}

const DEFAULT_TIMEOUT = 60_000

/**
 * @throws CliError for an address that is none, or when there is no key.
 * @example await createPlatformClient({ apiUrl, apiKey }).request('GET', '/plugins/installed')
 */
export function createPlatformClient(options: PlatformOptions): PlatformClient {
  const resolved = resolvePlatform(options)
  const { url } = resolved
  const key = requireKey(resolved.key)
  const open = async (method: string, path: string, request: PlatformRequest = {}): Promise<Response> => {
    const address = new URL(`${url}/api/v1${path}`)
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) address.searchParams.set(name, value)
    }
    const response = await send(
      address,
      url,
      toInit(method, key, request),
      request.timeout ?? DEFAULT_TIMEOUT,
    )
    if (!isAnswer(response, request)) throw await explainRefusal(response, { method, path, url })
    return response
  }
  const readJson = async (response: Response, what: string): Promise<unknown> => {
    const text = await response.text()
    if (text === '') return undefined
    try {
      return JSON.parse(text)
    } catch (error) {
      throw new CliError('answer_invalid', `${url} answered ${what} with something that is not JSON`, {
        fix: 'Check that --api-url names an Ops-Center',
        cause: error,
      })
    }
  }
  const request = async (method: string, path: string, options?: PlatformRequest): Promise<unknown> =>
    readJson(await open(method, path, options), `${method} ${path}`)
  return { url, open, request, readJson }
}

/** A step of a path: an id that could change the path is encoded. */
export function pathSegment(id: string): string {
  if (id === '' || id === '.' || id === '..') {
    throw new CliError('id_invalid', `${JSON.stringify(id)} is not an id`, {
      fix: 'Name the plugin, such as weather-monitor',
    })
  }
  return encodeURIComponent(id)
}

function isAnswer({ ok, status, headers }: Response, { answersWith }: PlatformRequest): boolean {
  return ok || (status === answersWith && /^application\/json\b/.test(headers.get('content-type') ?? ''))
}

function toInit(method: string, key: string, request: PlatformRequest): RequestInit {
  const headers = new Headers({
    accept: 'application/json',
    ...request.headers,
    authorization: `Bearer ${key}`,
  })
  if (request.body !== undefined)
    return { method, headers, body: request.body, duplex: 'half', redirect: 'manual' }
  if (request.json === undefined) return { method, headers, redirect: 'manual' }
  headers.set('content-type', 'application/json')
  return { method, headers, body: JSON.stringify(request.json), redirect: 'manual' }
}

async function send(address: URL, url: string, init: RequestInit, timeout: number): Promise<Response> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), timeout)
  try {
    const response = await fetch(address, { ...init, signal: abort.signal })
    if (response.status < 300 || response.status > 399) return response
    throw new CliError(
      'redirected',
      `${url} redirects to ${response.headers.get('location') ?? 'another address'}`,
      {
        fix: 'Name that address with --api-url; the key is not sent on by itself',
      },
    )
  } catch (error) {
    if (error instanceof CliError) throw error
    if (abort.signal.aborted) {
      throw new CliError('timed_out', `${url} did not answer within ${timeout / 1_000} s`, {
        fix: 'Check that it is running and not overloaded, then repeat',
        cause: error,
      })
    }
    throw connectionFailure(error, url)
  } finally {
    clearTimeout(timer)
  }
}

function connectionFailure(error: unknown, url: string): CliError {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ECONNREFUSED') {
    return new CliError('connection_refused', `Nothing answers at ${url}`, {
      fix: 'Start Ops-Center with "ops-center start", or name its address with --api-url or OPS_CENTER_API_URL',
      cause: error,
    })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CliError('host_unknown', `There is no host of that name: ${url}`, {
      fix: 'Correct --api-url or OPS_CENTER_API_URL',
      cause: error,
    })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  // Some ports no fetch connects to, such as that of mail.
  if (reason === 'bad port') {
    return new CliError('port_refused', `The port of ${url} is one that is kept for other services`, {
      fix: 'Correct --api-url or OPS_CENTER_API_URL',
      cause: error,
    })
  }
  return new CliError('connection_failed', `The connection to ${url} failed: ${reason}`, {
    fix: 'Check the address and the network, then repeat',
    cause: error,
  })
}
