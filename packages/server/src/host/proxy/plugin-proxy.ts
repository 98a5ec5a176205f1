import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { Context } from 'hono'
import type { WatchPrincipal } from '../../auth/principal-watch.js'
import type { AppEnv } from '../../http/app-env.js'
import type { ApiRouter } from '../../http/create-http-app.js'
import type { UpgradeRequest } from '../../http/serve-upgrades.js'
import type { PluginAnswer } from '../transports/plugin-transport.js'
import { limitedBody } from './limited-body.js'
import { contentOf } from './plugin-content.js'
import { headersForCaller, headersForPlugin } from './proxied-headers.js'
import { type ProxyTarget, proxyTarget, type TargetServices } from './proxy-target.js'
import { CALLER_GONE, handedOver, LateError, Relay } from './relay.js'
import type { RelayWatch } from './relay-watch.js'
import { type OfferedProtocols, readProtocols } from './web-socket-protocols.js'
import type { WebSocketProxy } from './web-socket-proxy.js'

export interface ProxyServices extends TargetServices {
  /** Milliseconds until a plugin must begin its answer. */
  answerTimeout: number
  /** Largest body that is passed on. */
  maxBodyBytes: number
  sockets: WebSocketProxy
  relays: RelayWatch
  /** Ends what a plugin goes on answering to a key that no longer works. */
  watchPrincipal: WatchPrincipal
}

/**
 * `/plugins/{id}/*`: passes requests on to the running plugin, both ways as they come. Most requests from the network
 * never get here: see `directProxy`.
 */
export function pluginProxy(services: ProxyServices) {
  return (router: ApiRouter): void => {
    router.all('/plugins/:id/*', (c) => proxy(services, c, c.req.param('id')))
    router.all('/plugins/:id', (c) => proxy(services, c, c.req.param('id')))
  }
}

async function proxy(services: ProxyServices, c: Context<AppEnv>, pluginId: string): Promise<Response> {
  const { method, path, raw } = c.req
  const upgrade = c.env?.upgrade
  const offered = readProtocols(upgrade ? raw.headers.get('sec-websocket-protocol') : null)
  const bearer = offered.key === undefined ? undefined : `Bearer ${offered.key}`
  const authorization = c.req.header('authorization') ?? bearer
  const target = await proxyTarget(services, { pluginId, method, path, authorization })
  const relay = new Relay(target, services.relays)
  try {
    const response = await relay.run(() =>
      upgrade
        ? joinSockets(services, raw, { target, relay }, upgrade, offered)
        : passOn(services, raw, target, relay),
    )
    relay.end(upgrade?.isTaken ? 101 : response.status)
    return response
  } catch (cause) {
    if (!raw.signal.aborted) throw await relay.fail(cause, services.answerTimeout)
    relay.end(CALLER_GONE)
    return new Response(null, { status: CALLER_GONE })
  }
}

async function passOn(
  { answerTimeout, maxBodyBytes, watchPrincipal }: ProxyServices,
  request: Request,
  target: ProxyTarget,
  relay: Relay,
): Promise<Response> {
  const { method, headers, signal } = request
  const length = headers.get('content-length') ?? undefined
  const body = limitedBody({ method, length, maxBytes: maxBodyBytes }, () =>
    request.body ? Readable.fromWeb(request.body as NodeReadableStream) : null,
  )
  const path = pathOf(request)
  const answer = await target.launched.connection.request({
    method,
    path,
    headers: {
      ...headersForPlugin(Object.fromEntries(headers)),
      ...handedOver(target, method, path),
      ...(body && length !== undefined ? { 'content-length': length } : {}),
    },
    body,
    headersTimeout: answerTimeout,
    signal,
  })
  const { body: content } = answer
  if (target.principal && !content.destroyed) {
    const unwatch = watchPrincipal(target.principal, () => content.destroy())
    content.once('close', unwatch)
  }
  relay.reads({ abort: (reason) => content.destroy(reason) })
  return responseOf(answer, method)
}

/** Opens the plugin's side first: only a plugin that accepts makes a WebSocket of the caller's request. */
async function joinSockets(
  { answerTimeout, sockets }: ProxyServices,
  request: Request,
  { target, relay }: { target: ProxyTarget; relay: Relay },
  upgrade: UpgradeRequest,
  offered: OfferedProtocols,
): Promise<Response> {
  const { launched } = target
  const path = pathOf(request)
  const { 'sec-websocket-protocol': _, ...headers } = headersForPlugin(Object.fromEntries(request.headers))
  const opening = new AbortController()
  const timer = setTimeout(() => opening.abort(new LateError()), answerTimeout)
  const onGone = () => opening.abort()
  request.signal.addEventListener('abort', onGone)
  try {
    const opened = await launched.connection.upgrade({
      path,
      headers: {
        ...headers,
        ...handedOver(target, 'GET', path),
        ...(offered.forPlugin.length > 0 ? { 'sec-websocket-protocol': offered.forPlugin.join(', ') } : {}),
        connection: 'Upgrade',
        upgrade: 'websocket',
      },
      signal: opening.signal,
    })
    if (!opened.isUpgraded) {
      const { answer } = opened
      relay.reads({ abort: (reason) => answer.destroy(reason) })
      return await responseOf(
        { statusCode: answer.statusCode ?? 502, headers: answer.headers, body: answer },
        'GET',
      )
    }
    sockets.join(upgrade, opened, { ...target, offered }, target.runner.metrics.openedSocket())
    return new Response(null)
  } catch (error) {
    throw opening.signal.reason instanceof LateError ? opening.signal.reason : error
  } finally {
    clearTimeout(timer)
    request.signal.removeEventListener('abort', onGone)
  }
}

async function responseOf(answer: PluginAnswer, method: string): Promise<Response> {
  const content = await contentOf(answer, method)
  const headers = new Headers()
  for (const [name, values] of Object.entries(headersForCaller(answer.headers))) {
    for (const value of [values].flat()) headers.append(name, value)
  }
  return new Response(content instanceof Readable ? streamOf(content) : content, {
    status: answer.statusCode,
    headers,
  })
}

function streamOf(body: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(body)
}

function pathOf(request: Request): string {
  const { pathname, search } = new URL(request.url)
  return `${pathname}${search}`
}
