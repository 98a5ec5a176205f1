import { OpsError } from '../errors.js'
import { isWebSocketDoor } from '../protocol/web-socket-door.js'
import { OpenSocket } from './open-socket.js'
import { problemResponse } from './problem-response.js'
import type { RouteCall } from './route-call.js'
import type { RouteRegistry } from './route-definition.js'
import type { AnyWebSocketHandlers } from './web-socket-definition.js'

const DEFAULT_MAX_MESSAGE = 1_048_576

/** The WebSockets of one plugin: what it serves, and what is open. */
export class WebSockets {
  readonly #routes: RouteRegistry
  readonly #onError: (error: unknown, path: string) => void
  readonly #open = new Set<OpenSocket>()

  constructor(routes: RouteRegistry, onError: (error: unknown, path: string) => void) {
    this.#routes = routes
    this.#onError = onError
  }

  /** Serves WebSockets at a path; returns what undoes it, which leaves those that are open. */
  register(path: string, handlers: AnyWebSocketHandlers): () => void {
    const { maxMessageBytes = DEFAULT_MAX_MESSAGE } = handlers
    if (!Number.isSafeInteger(maxMessageBytes) || maxMessageBytes < 1) {
      throw new OpsError(
        'web_socket_option_invalid',
        `The WebSocket ${path} has maxMessageBytes ${maxMessageBytes}: expected a whole number of bytes`,
      )
    }
    return this.#routes.registerSocket(path, handlers, (call, env) =>
      this.#accept({ path, handlers, maxMessageBytes }, call, env),
    )
  }

  /** Closes all that are open, with 1012: their callers may come back to whoever takes the plugin's place. */
  closeAll(): void {
    for (const socket of this.#open) socket.goAway()
  }

  #accept(
    {
      path,
      handlers,
      maxMessageBytes,
    }: { path: string; handlers: AnyWebSocketHandlers; maxMessageBytes: number },
    call: RouteCall,
    env: unknown,
  ): Response {
    if (!isWebSocketDoor(env)) {
      return problemResponse(426, `${path} is a WebSocket: ask for it with "Upgrade: websocket"`, {
        headers: { upgrade: 'websocket', connection: 'upgrade' },
      })
    }
    const offered = call.request.headers.get('sec-websocket-protocol')?.split(/\s*,\s*/) ?? []
    const protocol = handlers.protocols?.find((name) => offered.includes(name))
    env.acceptWebSocket({ maxMessageBytes, protocol }, (connection) => {
      const socket = new OpenSocket(connection, {
        handlers,
        call,
        protocol: protocol ?? '',
        onError: (error) => this.#onError(error, path),
        onClosed: (gone) => this.#open.delete(gone),
      })
      this.#open.add(socket)
      return socket
    })
    return new Response(null)
  }
}
