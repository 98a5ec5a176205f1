import { type IncomingHttpHeaders, validateHeaderValue } from 'node:http'
import { pipeline, Readable, Transform } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { errors } from 'undici'
import { hasContent } from '../proxy/plugin-content.js'
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
  /** Node tells the signal of a request nothing any more once nobody holds the request itself: authors seldom do. */
  const underWay = new Set<Request>()
  const send = async (asked: BoundedRequest, sent: Request): Promise<Response> => {
    let isOver = false
    underWay.add(sent)
    try {
      return await inTime(asked, async () => {
        // What the author throws before the first `await` must be a failed request, too.
        const answer = await fetch(sent)
        if (isOver) await answer.body?.cancel().catch(() => undefined)
        return answer
      })
    } catch (error) {
      isOver = true
      // The signal is aborted by now, or soon.
      setTimeout(() => underWay.delete(sent)).unref()
      throw error
    }
  }
  const request = async (given: PluginRequest): Promise<PluginAnswer> => {
    const asked = bounded(given)
    const sent = requestOf(asked)
    const answer = await send(asked, sent)
    try {
      const headers = headersOf(answer)
      const length = hasContent(asked.method, answer.status) ? headers['content-length'] : undefined
      const body = bodyOf(answer, asked.signal, length)
      body.once('close', () => underWay.delete(sent))
      return { statusCode: answer.status, headers, body }
    } catch (error) {
      underWay.delete(sent)
      await answer.body?.cancel().catch(() => undefined)
      throw error
    }
  }
  return {
    request,
    dispatch: (asked, receiver) => dispatchByRequest(request, asked, receiver),
    async exchange(given) {
      const { signal, ...asked } = bounded(given)
      const sent = requestOf({ ...asked, signal })
      const answer = await send({ ...asked, signal }, sent)
      try {
        return { statusCode: answer.status, text: await inTime({ signal }, () => answer.text()) }
      } finally {
        underWay.delete(sent)
      }
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

/** @throws Error for what HTTP would not let through. */
function headersOf(answer: Response): IncomingHttpHeaders {
  if (answer.status < 200) throw new RangeError(`The plugin answered with the status ${answer.status}`)
  for (const [name, value] of answer.headers) validateHeaderValue(name, value)
  const length = answer.headers.get('content-length')
  if (length !== null && !/^\d{1,15}$/.test(length)) throw new TypeError(`The length "${length}" is none`)
  const cookies = answer.headers.getSetCookie()
  return { ...Object.fromEntries(answer.headers), ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) }
}

function bodyOf({ body }: Response, signal: AbortSignal, length: string | undefined): Readable {
  const content = body ? Readable.fromWeb(body as NodeReadableStream, { signal }) : Readable.from([])
  return length === undefined ? content : pipeline(content, ofLength(Number(length)), () => undefined)
}

/** Keeps an answer to the length it stated, as HTTP does. */
function ofLength(bytes: number): Transform {
  let left = bytes
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      left -= chunk.byteLength
      if (left < 0) done(new Error('The answer is longer than it stated'))
      else done(null, chunk)
    },
    flush: (done) => done(left > 0 ? new Error('The answer is shorter than it stated') : null),
  })
}
