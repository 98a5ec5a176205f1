import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import type { NodeHandler } from '../http/node-handler.js'
import { problemContent, problemOf } from '../http/problem-response.js'
import { logRequest, requestIdOf, requestLogger } from '../http/request-log.js'
import type { ServerMetrics } from '../http/server-metrics.js'
import { traceRequest } from '../tracing/trace-requests.js'
import { limitedBody } from './limited-body.js'
import { contentOf } from './plugin-content.js'
import type { ProxyServices } from './plugin-proxy.js'
import { headersForCaller, headersForPlugin } from './proxied-headers.js'
import { type ProxyTarget, proxyTarget } from './proxy-target.js'
import { handedOver, relay } from './relay.js'
import type { PluginAnswer } from './transports/plugin-transport.js'

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
  const { method = 'GET', headers } = incoming
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
      const gone = goneSignal(outgoing)
      status = await relay(found, { ...services, gone }, async () => {
        const answer = await passOn(services, found, incoming, { method, url, signal: gone })
        return send(answer, { method, requestId, outgoing })
      })
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

function passOn(
  { answerTimeout, maxBodyBytes }: DirectServices,
  target: ProxyTarget,
  incoming: IncomingMessage,
  { method, url, signal }: { method: string; url: string; signal: AbortSignal },
): Promise<PluginAnswer> {
  const { headers } = incoming
  const length = headers['content-length']
  const isEmpty = length === undefined && headers['transfer-encoding'] === undefined
  const body = limitedBody({ method, length, maxBytes: maxBodyBytes }, () => (isEmpty ? null : incoming))
  return target.launched.connection.request({
    method,
    path: url,
    headers: {
      ...headersForPlugin(Object.entries(headers), headers.connection),
      ...handedOver(target, method, url),
      ...(body && length !== undefined ? { 'content-length': length } : {}),
    },
    body,
    headersTimeout: answerTimeout,
    signal,
  })
}

async function send(
  answer: PluginAnswer,
  { method, requestId, outgoing }: { method: string; requestId: string; outgoing: ServerResponse },
): Promise<number> {
  const { statusCode, body } = answer
  const headers = headersForCaller(answer.headers)
  const content = await contentOf(answer, method)
  const length = content instanceof Uint8Array ? content.byteLength : answer.headers['content-length']
  outgoing.writeHead(statusCode, {
    ...headers,
    ...(length === undefined ? {} : { 'content-length': length }),
    'x-request-id': requestId,
  })
  if (content instanceof Readable) {
    outgoing.flushHeaders()
    // Whichever side breaks off, the other is cut.
    pipeline(body, outgoing).catch(() => undefined)
    return statusCode
  }
  // As text of single bytes it leaves together with the headers, in one write instead of two.
  if (content) outgoing.end(content.toString('latin1'), 'latin1')
  else outgoing.end()
  return statusCode
}

function goneSignal(outgoing: ServerResponse): AbortSignal {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  return gone.signal
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
