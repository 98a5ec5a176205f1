import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { errors } from 'undici'
import { createFunctionUpgrade, type FunctionUpgrade } from './function-upgrade.js'
import type { PluginRequest, PluginTransport } from './plugin-transport.js'

/** What a plugin's app does with a request. */
export type FetchFunction = (request: Request, env?: object) => Response | Promise<Response>

/** Any name will do: it leads nowhere. */
const ORIGIN = 'http://plugin'

/** Calls a function in this process; nothing is sent anywhere. */
export function createFunctionTransport(fetch: FetchFunction): PluginTransport {
  const closed = new AbortController()
  let upgrades: FunctionUpgrade | undefined
  const send = async (request: PluginRequest): Promise<Response> => {
    if (closed.signal.aborted) throw new errors.ClientDestroyedError()
    return inTime(request, async () => {
      // What the author throws before the first `await` must be a failed request, too.
      const answer = await fetch(requestOf(request, closed.signal))
      return answer
    })
  }
  return {
    async request(request) {
      const answer = await send(request)
      return { statusCode: answer.status, headers: headersOf(answer), body: bodyOf(answer) }
    },
    async exchange(request) {
      const answer = await send(request)
      return { statusCode: answer.status, text: await answer.text() }
    },
    async upgrade(request) {
      if (closed.signal.aborted) throw new errors.ClientDestroyedError()
      upgrades ??= createFunctionUpgrade(ORIGIN, fetch)
      return upgrades.open(request)
    },
    async close() {
      upgrades?.close()
      closed.abort(new errors.ClientDestroyedError())
    },
  }
}

function requestOf({ method, path, headers, body, signal }: PluginRequest, closed: AbortSignal): Request {
  const content = body instanceof Readable ? Readable.toWeb(body) : (body ?? null)
  const given = new Headers()
  for (const [name, values] of Object.entries(headers ?? {})) {
    for (const value of [values].flat()) given.append(name, value)
  }
  return new Request(`${ORIGIN}${path}`, {
    method,
    headers: given,
    signal: signal ? AbortSignal.any([signal, closed]) : closed,
    ...(content === null ? {} : { body: content, duplex: 'half' }),
  })
}

/** A function cannot be made to stop: the caller is told that it is late, or that nobody waits any more. */
async function inTime<Result>(
  { signal, headersTimeout }: PluginRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted()
  const working = work()
  working.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  const over = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort)
    if (headersTimeout) timer = setTimeout(() => reject(new errors.HeadersTimeoutError()), headersTimeout)
  })
  try {
    return await Promise.race([working, over])
  } finally {
    clearTimeout(timer)
    if (onAbort) signal?.removeEventListener('abort', onAbort)
  }
}

function headersOf(answer: Response): IncomingHttpHeaders {
  const cookies = answer.headers.getSetCookie()
  return { ...Object.fromEntries(answer.headers), ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) }
}

function bodyOf({ body }: Response): Readable {
  return body ? Readable.fromWeb(body as NodeReadableStream) : Readable.from([])
}
