import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Logger } from 'pino'
import type { NodeHandler } from '../http/node-handler.js'
import { isGone, onceOver } from '../http/once-over.js'
import { problemContent, problemOf } from '../http/problem-response.js'
import { logRequest, requestIdOf, requestLogger } from '../http/request-log.js'
import type { ServerMetrics } from '../http/server-metrics.js'
import { traceRequest } from '../tracing/trace-requests.js'
import { DirectAnswer } from './direct-answer.js'
import { limitedBody } from './limited-body.js'
import { WHOLE_BYTES } from './plugin-content.js'
import type { ProxyServices } from './plugin-proxy.js'
import { headersForPlugin } from './proxied-headers.js'
import { type ProxyTarget, proxyTarget } from './proxy-target.js'
import { CALLER_GONE, handedOver, relay } from './relay.js'
import type { AnswerControl, AnswerReceiver } from './transports/plugin-transport.js'

export interface DirectServices extends ProxyServices {
  logger: Logger
  metrics: Pick<ServerMetrics, 'start'>
}

/** A request whose path means the same to everybody: what a URL would change is left to the app. */
interface PlainRequest {
  pluginId: string
  path: string
  /** With the query. */
  url: string
}

const PLAIN =
  /^(\/plugins\/([a-z0-9][a-z0-9-]{0,99})(?:\/[\w.~!$&()*+,;=:@-]*)*)(?:\?[\w.~!$&()*+,;=:@/?%-]*)?$/
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/
const ROUTE = '/plugins/:id/*'

/**
 * The short way to plugins, from one connection to the other: the objects of the web in between would cost more than
 * all the rest. It does what `pluginProxy` does, with what the app's middleware does for every request.
 */
export function directProxy(services: DirectServices): NodeHandler {
  return (incoming, outgoing) => {
    const request = plainRequest(incoming.url ?? '')
    if (!request) return false
    serve(services, request, incoming, outgoing).catch((err: unknown) => {
      services.logger.error({ err }, 'A request to a plugin could not be answered')
      outgoing.destroy()
    })
    return true
  }
}

function plainRequest(url: string): PlainRequest | undefined {
  const [, path, pluginId] = PLAIN.exec(url) ?? []
  if (path === undefined || pluginId === undefined || DOT_SEGMENT.test(path)) return undefined
  return { pluginId, path, url }
}

async function serve(
  services: DirectServices,
  { pluginId, path, url }: PlainRequest,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers, socket } = incoming
  const start = performance.now()
  const end = services.metrics.start()
  const requestId = requestIdOf(firstOf(headers['x-request-id']))
  let status = 500
  let target: ProxyTarget | undefined
  await traceRequest({ method, path, traceparent: firstOf(headers.traceparent) }, async () => {
    let error: Error | undefined
    try {
      const found = await proxyTarget(services, {
        pluginId,
        method,
        path,
        authorization: headers.authorization,
      })
      target = found
      const answer = new DirectAnswer({ socket, outgoing, method, requestId })
      const gone = () => isGone(socket, outgoing)
      // A plugin may answer before it took the whole body: the rest is not the caller's next request.
      if (hasBody(incoming)) onceOver(socket, outgoing, () => incoming.unpipe().resume())
      status = await relay(found, { answerTimeout: services.answerTimeout, gone }, async () => {
        const body = hasBody(incoming) ? await bodyOf(services, incoming, method) : null
        // Nothing would ever break the plugin's answer off.
        if (gone()) return CALLER_GONE
        answer.controlledBy(passOn(services, found, incoming, { method, url, body, receiver: answer }))
        return answer.begun
      })
      const { principal } = found
      if (principal && !outgoing.writableEnded && !gone())
        onceOver(
          socket,
          outgoing,
          services.watchPrincipal(principal, () => outgoing.destroy()),
        )
    } catch (cause) {
      const problem = problemOf(cause)
      error = problem
      status = problem.status
      if (status === 500) requestLogger(services.logger, requestId).error({ err: cause }, 'Request failed')
      const { text, headers } = problemContent(problem, path, requestId)
      // What is left of the body is not waited for.
      outgoing.writeHead(status, { ...headers, ...(incoming.complete ? {} : { connection: 'close' }) })
      outgoing.end(text)
    }
    return () => ({ status, route: ROUTE, error })
  })
  end({ method, route: ROUTE, status: String(status) })
  logRequest(services.logger, requestId, { method, path, status, start, principal: target?.principal?.id })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/** A short body is read before the plugin is asked: a caller that is slow to send keeps none of its connections. */
function bodyOf(
  { maxBodyBytes }: DirectServices,
  incoming: IncomingMessage,
  method: string,
): null | Readable | Promise<Buffer<ArrayBuffer>> {
  const length = incoming.headers['content-length']
  const isShort = Number(length) <= WHOLE_BYTES
  const body = limitedBody({ method, length, maxBytes: maxBodyBytes }, () =>
    isShort ? incoming : apart(incoming),
  )
  return body && isShort ? buffer(body) : body
}

/** The same bytes, for who may destroy them: nothing more would be read from the connection after that. */
function apart(incoming: IncomingMessage): Readable {
  const body = new PassThrough()
  incoming.once('close', () => {
    if (!incoming.readableEnded) body.destroy(new Error('The caller broke its request off'))
  })
  return incoming.pipe(body)
}

interface PassedRequest {
  method: string
  url: string
  body: null | Readable | Buffer<ArrayBuffer>
  receiver: AnswerReceiver
}

function passOn(
  { answerTimeout }: DirectServices,
  target: ProxyTarget,
  { headers }: IncomingMessage,
  { method, url, body, receiver }: PassedRequest,
): AnswerControl {
  const passed = headersForPlugin(headers)
  Object.assign(passed, handedOver(target, method, url))
  if (body && headers['content-length'] !== undefined) passed['content-length'] = headers['content-length']
  return target.launched.connection.dispatch(
    { method, path: url, headers: passed, body, headersTimeout: answerTimeout },
    receiver,
  )
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
