import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { errors } from 'undici'
import { dispatchByRequest } from './dispatch-by-request.js'
import { createFunctionUpgrade, type FunctionUpgrade } from './function-upgrade.js'
import type { PluginAnswer, PluginRequest, PluginTransport } from './plugin-transport.js'

/** What a plugin's app does with a request. */
export type FetchFunction = (request: Request, env?: object) => Response | Promise<Response>

interface BoundedRequest extends PluginRequest {
  signal: AbortSignal
}

/** Any name will do: it leads nowhere. */
const ORIGIN = 'http://plugin'

/** Calls a function in this process; nothing is sent anywhere. */
export function createFunctionTransport(fetch: FetchFunction): PluginTransport {
  const closed = new AbortController()
  let upgrades: FunctionUpgrade | undefined
  /** Nobody waits longer than the caller wants, or than the plugin is there. */
  const bounded = <Asked extends { signal?: AbortSignal | undefined }>(asked: Asked) => ({
    ...asked,
    signal: asked.signal ? AbortSignal.any([asked.signal, closed.signal]) : closed.signal,
  })
  const send = (asked: BoundedRequest): Promise<Response> =>
    inTime(asked, async () => {
      // What the author throws before the first `await` must be a failed request, too.
      const answer = await fetch(requestOf(asked))
      return answer
    })
  const request = async (given: PluginRequest): Promise<PluginAnswer> => {
    const asked = bounded(given)
    const answer = await send(asked)
    return { statusCode: answer.status, headers: headersOf(answer), body: bodyOf(answer, asked.signal) }
  }
  return {
    request,
    dispatch: (asked, receiver) => dispatchByRequest(request, asked, receiver),
    async exchange(given) {
      const { signal, ...asked } = bounded(given)
      const answer = await send({ ...asked, signal })
      return { statusCode: answer.status, text: await inTime({ signal }, () => answer.text()) }
    },
    async upgrade(given) {
      const asked = bounded(given)
      asked.signal.throwIfAborted()
      upgrades ??= createFunctionUpgrade(ORIGIN, fetch)
      return upgrades.open(asked)
    },
    async close() {
      upgrades?.close()
      closed.abort(new errors.ClientDestroyedError())
    },
  }
}

function requestOf({ method, path, headers, body, signal }: BoundedRequest): Request {
  const content = body instanceof Readable ? Readable.toWeb(body) : (body ?? null)
  const given = new Headers()
  for (const [name, values] of Object.entries(headers ?? {})) {
    for (const value of [values].flat()) given.append(name, value)
  }
  return new Request(`${ORIGIN}${path}`, {
    method,
    headers: given,
    signal,
    ...(content === null ? {} : { body: content, duplex: 'half' }),
  })
}

/** A function cannot be made to stop: the caller is told that it is late, or that nobody waits any more. */
async function inTime<Result>(
  { signal, headersTimeout }: Pick<BoundedRequest, 'signal' | 'headersTimeout'>,
  work: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const working = work()
  working.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  const over = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    if (headersTimeout) timer = setTimeout(() => reject(new errors.HeadersTimeoutError()), headersTimeout)
  })
  try {
    return await Promise.race([working, over])
  } finally {
    clearTimeout(timer)
    if (onAbort) signal.removeEventListener('abort', onAbort)
  }
}

function headersOf(answer: Response): IncomingHttpHeaders {
  const cookies = answer.headers.getSetCookie()
  return { ...Object.fromEntries(answer.headers), ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) }
}

function bodyOf({ body }: Response, signal: AbortSignal): Readable {
  return body ? Readable.fromWeb(body as NodeReadableStream, { signal }) : Readable.from([])
}
