import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import { isGone, onceOver } from '../../http/once-over.js'
import { problemContent, problemOf } from '../../http/problem-response.js'
import { logRequest, requestIdOf, requestLogger } from '../../http/request-log.js'
import type { ServerMetrics } from '../../http/server-metrics.js'
import { openRequestSpan, type RequestSpan } from '../../tracing/trace-requests.js'
import { DirectAnswer, type DirectOutcome } from './direct-answer.js'
import { directBody, hasBody } from './direct-body.js'
import type { ProxyServices } from './plugin-proxy.js'
import { headersForPlugin } from './proxied-headers.js'
import { type ProxyTarget, proxyTarget } from './proxy-target.js'
import { CALLER_GONE, type HeldAnswer, handedOver, Relay } from './relay.js'

export interface DirectServices extends ProxyServices {
  logger: Logger
  metrics: Pick<ServerMetrics, 'start'>
}

/** A request whose path means the same to everybody: what a URL would change is left to the app. */
export interface PlainRequest {
  pluginId: string
  path: string
  /** With the query. */
  url: string
}

const ROUTE = '/plugins/:id/*'

/**
 * One request to a plugin, until its answer began. It goes from callback to callback: with promises, making and
 * collecting them would be the most of what the host does for a short answer.
 */
export class DirectExchange implements DirectOutcome {
  readonly #services: DirectServices
  readonly #request: PlainRequest
  readonly #incoming: IncomingMessage
  readonly #outgoing: ServerResponse
  readonly #method: string
  readonly #requestId: string
  readonly #start = performance.now()
  readonly #measured: ReturnType<ServerMetrics['start']>
  readonly #span: RequestSpan | undefined
  #isOver = false
  #target: ProxyTarget | undefined
  #relay: Relay | undefined

  constructor(
    services: DirectServices,
    request: PlainRequest,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ) {
    const { method = 'GET', headers } = incoming
    this.#services = services
    this.#request = request
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#method = method
    this.#requestId = requestIdOf(firstOf(headers['x-request-id']))
    this.#measured = services.metrics.start()
    const { path } = request
    this.#span = openRequestSpan({ method, path, traceparent: firstOf(headers.traceparent) })
  }

  begin(): void {
    if (this.#span) this.#span.run(() => this.#find())
    else this.#find()
  }

  onHeld(answer: HeldAnswer): void {
    this.#relay?.reads(answer)
  }

  onBegun(status: number): void {
    if (this.#isOver) return
    this.#finish(status, () => {
      this.#relay?.end(status)
      const { principal } = this.#target ?? {}
      if (principal && !this.#outgoing.writableEnded && !this.#isGone)
        onceOver(
          this.#incoming.socket,
          this.#outgoing,
          this.#services.watchPrincipal(principal, () => this.#outgoing.destroy()),
        )
    })
  }

  onFailed(cause: unknown): void {
    if (this.#isOver) return
    if (!this.#relay) this.#refuse(cause)
    else if (this.#isGone) this.onBegun(CALLER_GONE)
    else
      this.#relay.fail(cause, this.#services.answerTimeout).then(
        (problem) => this.#refuse(problem),
        (error) => this.#refuse(error),
      )
  }

  #find(): void {
    const { pluginId, path } = this.#request
    const { authorization } = this.#incoming.headers
    try {
      const found = proxyTarget(this.#services, { pluginId, method: this.#method, path, authorization })
      if (!(found instanceof Promise)) this.#passTo(found)
      else found.then((target) => this.#passTo(target)).catch((error) => this.onFailed(error))
    } catch (error) {
      this.onFailed(error)
    }
  }

  #passTo(target: ProxyTarget): void {
    this.#target = target
    this.#relay = new Relay(target, this.#services.relays)
    this.#relay.run(() => this.#open(target))
  }

  #open(target: ProxyTarget): void {
    const incoming = this.#incoming
    if (!hasBody(incoming)) {
      this.#pass(target, null)
      return
    }
    // A plugin may answer before it took the whole body: the rest is not the caller's next request.
    onceOver(incoming.socket, this.#outgoing, () => incoming.unpipe().resume())
    const body = directBody(incoming, this.#method, this.#services.maxBodyBytes)
    if (!(body instanceof Promise)) this.#pass(target, body)
    else body.then((bytes) => this.#pass(target, bytes)).catch((error) => this.onFailed(error))
  }

  #pass(target: ProxyTarget, body: null | Readable | Buffer<ArrayBuffer>): void {
    // Nothing would ever break the plugin's answer off.
    if (this.#isGone) {
      this.onBegun(CALLER_GONE)
      return
    }
    const { url } = this.#request
    const { headers } = this.#incoming
    const passed = headersForPlugin(headers)
    Object.assign(passed, handedOver(target, this.#method, url))
    if (body && headers['content-length'] !== undefined) passed['content-length'] = headers['content-length']
    const answer = new DirectAnswer(this.#incoming, this.#outgoing, this.#requestId, this)
    answer.controlledBy(
      target.launched.connection.dispatch(
        {
          method: this.#method,
          path: url,
          headers: passed,
          body,
          headersTimeout: this.#services.answerTimeout,
        },
        answer,
      ),
    )
  }

  #refuse(cause: unknown): void {
    if (this.#isOver) return
    const problem = problemOf(cause)
    const { status } = problem
    this.#finish(
      status,
      () => {
        if (status === 500) this.#logger.error({ err: cause }, 'Request failed')
        const { text, headers } = problemContent(problem, this.#request.path, this.#requestId)
        // What is left of the body is not waited for.
        const ended = this.#incoming.complete ? {} : { connection: 'close' }
        this.#outgoing.writeHead(status, { ...headers, ...ended })
        this.#outgoing.end(text)
      },
      problem,
    )
  }

  /** Counts it before all else: nothing that goes wrong then makes it count twice, or reaches whoever called. */
  #finish(status: number, work: () => void, error?: Error): void {
    this.#isOver = true
    this.#measured({ method: this.#method, route: ROUTE, status: String(status) })
    try {
      work()
      if (this.#span) this.#span.run(() => this.#log(status))
      else this.#log(status)
      this.#span?.end({ status, route: ROUTE, error })
    } catch (err) {
      this.#services.logger.error({ err }, 'A request to a plugin could not be answered')
      this.#outgoing.destroy()
    }
  }

  #log(status: number): void {
    const principal = this.#target?.principal?.id
    logRequest(this.#services.logger, this.#requestId, {
      method: this.#method,
      path: this.#request.path,
      status,
      start: this.#start,
      principal,
    })
  }

  get #logger(): Logger {
    const { logger } = this.#services
    return this.#span
      ? this.#span.run(() => requestLogger(logger, this.#requestId))
      : requestLogger(logger, this.#requestId)
  }

  get #isGone(): boolean {
    return isGone(this.#incoming.socket, this.#outgoing)
  }
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
