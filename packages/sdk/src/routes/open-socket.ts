import { errorMessage, OpsError } from '../errors.js'
import type { WebSocketConnection, WebSocketListener } from '../protocol/web-socket-door.js'
import type { RouteCall } from './route-call.js'
import type { AnyWebSocketHandlers, PluginSocket, SocketClosure } from './web-socket-definition.js'

/** So many messages may wait for their handler before the caller has to wait. */
const MAX_WAITING = 16
const GOING_AWAY = { code: 1012, reason: 'The plugin goes away' }
const FAILED = { code: 1011, reason: 'The plugin failed' }

export interface SocketSetup {
  handlers: AnyWebSocketHandlers
  call: RouteCall
  protocol: string
  onError: (error: unknown) => void
  onClosed: (socket: OpenSocket) => void
}

/** A WebSocket with its handlers, which run one after the other. */
export class OpenSocket implements PluginSocket, WebSocketListener {
  readonly protocol: string
  readonly #setup: SocketSetup
  readonly #connection: WebSocketConnection
  readonly #over = new AbortController()
  #work: Promise<void> = Promise.resolve()
  #waiting = 0
  #isOpen = true

  constructor(connection: WebSocketConnection, setup: SocketSetup) {
    this.#connection = connection
    this.#setup = setup
    this.protocol = setup.protocol
    const { open } = setup.handlers
    if (open) this.#next((context) => open.call(setup.handlers, this, context))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get bufferedAmount(): number {
    return this.#connection.bufferedAmount
  }

  async send(data: string | Uint8Array): Promise<void> {
    if (!this.#isOpen) throw closed()
    try {
      await this.#connection.send(data)
    } catch (cause) {
      throw closed(cause)
    }
  }

  close(code = 1000, reason = ''): void {
    this.#connection.close(code, reason)
  }

  /** Closes it because the plugin stops or rests. */
  goAway(): void {
    this.close(GOING_AWAY.code, GOING_AWAY.reason)
  }

  message(data: string | Uint8Array): void {
    const { handlers } = this.#setup
    const { message } = handlers
    if (message) this.#next((context) => message.call(handlers, this, data, context))
  }

  closed(code: number, reason: string): void {
    this.#isOpen = false
    this.#over.abort()
    this.#setup.onClosed(this)
    const { handlers } = this.#setup
    const closure: SocketClosure = { code, reason }
    if (handlers.close) this.#next((context) => handlers.close?.(this, closure, context))
  }

  #next(run: (context: never) => unknown): void {
    this.#waiting += 1
    if (this.#waiting === MAX_WAITING) this.#connection.pause()
    this.#work = this.#work.then(async () => {
      try {
        const { params, query, request, caller } = this.#setup.call
        await run({ params, query, request, caller, signal: this.#over.signal } as never)
      } catch (error) {
        this.#setup.onError(error)
        if (this.#isOpen) this.close(FAILED.code, FAILED.reason)
      }
      this.#waiting -= 1
      if (this.#waiting === MAX_WAITING - 1) this.#connection.resume()
    })
  }
}

function closed(cause?: unknown): OpsError {
  const why = cause === undefined ? '' : ` (${errorMessage(cause)})`
  return new OpsError('socket_closed', `The WebSocket is closed${why}: look at isOpen before sending`, {
    cause,
  })
}
