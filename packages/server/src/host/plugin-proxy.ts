import type { ServerResponse } from 'node:http'
import { CALLER_HEADER, signCaller } from '@ops-center/plugin-sdk/protocol'
import type { Context } from 'hono'
import type { AppEnv } from '../http/app-env.js'
import type { ApiRouter } from '../http/create-http-app.js'
import { HttpProblem } from '../http/http-problem.js'
import type { UpgradeRequest } from '../http/serve-upgrades.js'
import { traceHeader } from '../tracing/current-trace.js'
import { withSpan } from '../tracing/with-span.js'
import { callerOf } from './caller-of.js'
import { spanAttributes } from './installation.js'
import { limitedBody } from './limited-body.js'
import { headersForPlugin } from './proxied-headers.js'
import { type ProxyTarget, proxyTarget, type TargetServices } from './proxy-target.js'
import { sendAnswer } from './send-answer.js'
import { type OfferedProtocols, readProtocols } from './web-socket-protocols.js'
import type { WebSocketProxy } from './web-socket-proxy.js'

export interface ProxyServices extends TargetServices {
  /** Milliseconds until a plugin must begin its answer. */
  answerTimeout: number
  /** Largest body that is passed on. */
  maxBodyBytes: number
  sockets: WebSocketProxy
}

/** `/plugins/{id}/*`: passes requests on to the running plugin, both ways as they come. */
export function pluginProxy(services: ProxyServices) {
  return (router: ApiRouter): void => {
    router.all('/plugins/:id/*', (c) => proxy(services, c, c.req.param('id')))
    router.all('/plugins/:id', (c) => proxy(services, c, c.req.param('id')))
  }
}

async function proxy(services: ProxyServices, c: Context<AppEnv>, pluginId: string): Promise<Response> {
  const { method, path, raw } = c.req
  const { upgrade, outgoing } = c.env ?? {}
  const gone = goneSignal(raw, outgoing)
  const offered = readProtocols(upgrade ? raw.headers.get('sec-websocket-protocol') : null)
  const bearer = offered.key === undefined ? undefined : `Bearer ${offered.key}`
  const authorization = c.req.header('authorization') ?? bearer
  const target = await proxyTarget(services, { pluginId, method, path, authorization })
  const started = performance.now()
  const answered = (status: number) => target.runner.metrics.proxied(status, performance.now() - started)
  try {
    const response = await withSpan(
      'plugin.request',
      { kind: 'client', attributes: spanAttributes(target.installation) },
      () =>
        upgrade ? joinSockets(services, c, target, upgrade, offered) : passOn(services, c, target, gone),
    )
    answered(upgrade?.isTaken ? 101 : response.status)
    return response
  } catch (cause) {
    // Nobody is left to read it.
    if (gone.aborted) {
      answered(499)
      return new Response(null, { status: 499 })
    }
    const problem =
      cause instanceof HttpProblem ? cause : await problemOf(cause, target, services.answerTimeout)
    answered(problem.status)
    throw problem
  }
}

async function passOn(
  { answerTimeout, maxBodyBytes }: ProxyServices,
  { req: { raw: request, method }, env, var: { requestId } }: Context<AppEnv>,
  target: ProxyTarget,
  signal: AbortSignal,
): Promise<Response> {
  const body = limitedBody(request, maxBodyBytes)
  const length = request.headers.get('content-length')
  const path = pathOf(request)
  const answer = await target.launched.connection.request({
    method,
    path,
    headers: {
      ...headersForPlugin(request.headers),
      ...handedOver(target, method, path),
      ...(body && length !== null ? { 'content-length': length } : {}),
    },
    body,
    headersTimeout: answerTimeout,
    signal,
  })
  return sendAnswer(answer, method, env?.outgoing, requestId)
}

/** Opens the plugin's side first: only a plugin that accepts makes a WebSocket of the caller's request. */
async function joinSockets(
  { answerTimeout, sockets }: ProxyServices,
  { req: { raw: request }, var: { requestId } }: Context<AppEnv>,
  target: ProxyTarget,
  upgrade: UpgradeRequest,
  offered: OfferedProtocols,
): Promise<Response> {
  const { launched } = target
  const path = pathOf(request)
  const { 'sec-websocket-protocol': _, ...headers } = headersForPlugin(request.headers)
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
      const { statusCode = 502, headers } = opened.answer
      return sendAnswer({ statusCode, headers, body: opened.answer }, 'GET', undefined, requestId)
    }
    sockets.join(upgrade, opened, { launched, offered }, target.runner.metrics.openedSocket())
    return new Response(null)
  } catch (error) {
    throw opening.signal.reason instanceof LateError ? opening.signal.reason : error
  } finally {
    clearTimeout(timer)
    request.signal.removeEventListener('abort', onGone)
  }
}

/** Aborts when the caller goes away; asking the request for its signal would make the server build all of it. */
function goneSignal(request: Request, outgoing: ServerResponse | undefined): AbortSignal {
  if (!outgoing) return request.signal
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  return gone.signal
}

class LateError extends Error {
  override readonly name = 'HeadersTimeoutError'
}

function pathOf(request: Request): string {
  const { pathname, search } = new URL(request.url)
  return `${pathname}${search}`
}

/** Who calls, signed, and the trace the call belongs to. */
function handedOver({ principal, launched }: ProxyTarget, method: string, path: string) {
  if (!principal) return traceHeader()
  return {
    ...traceHeader(),
    [CALLER_HEADER]: signCaller(launched.connection.secret, callerOf(principal), { method, path }),
  }
}

async function problemOf(
  cause: unknown,
  { installation: { plugin_id }, runner, launched }: ProxyTarget,
  answerTimeout: number,
): Promise<HttpProblem> {
  if (!(cause instanceof Error && cause.name === 'HeadersTimeoutError'))
    return new HttpProblem(502, `Plugin "${plugin_id}" broke off the connection`, { cause })
  await runner.suspect(launched)
  const words = `Plugin "${plugin_id}" did not answer within ${answerTimeout / 1_000} s`
  return new HttpProblem(504, words, { cause })
}
