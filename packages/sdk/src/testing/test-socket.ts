import { OpsError } from '../errors.js'
import type { WebSocketDoor, WebSocketListener } from '../protocol/web-socket-door.js'
import type { SocketClosure } from '../routes/web-socket-definition.js'

/** The caller's side of a WebSocket of a plugin under test. */
export interface TestSocket {
  /** What the plugin sent, in order. */
  readonly received: readonly (string | Uint8Array)[]
  /** How it was closed, by either side; undefined while it is open. */
  readonly closed: SocketClosure | undefined
  /** The subprotocol the plugin chose. */
  readonly protocol: string | undefined
  /** Sends a message; its handler has begun, or waits for the one before, when this returns. */
  send(data: string | Uint8Array): void
  close(code?: number, reason?: string): void
}

/**
 * Opens a WebSocket of an app without a port.
 *
 * @throws OpsError `socket_refused` with the status and what the plugin answered instead.
 */
export async function openTestSocket(
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  request: Request,
): Promise<TestSocket> {
  const received: (string | Uint8Array)[] = []
  let closed: SocketClosure | undefined
  let listener: WebSocketListener | undefined
  let protocol: string | undefined
  const end = (code: number, reason: string) => {
    if (closed) return
    closed = { code, reason }
    listener?.closed(code, reason)
  }
  const door: WebSocketDoor = {
    acceptWebSocket(terms, open) {
      protocol = terms.protocol
      listener = open({
        bufferedAmount: 0,
        async send(data) {
          // Somebody else's copy, as over a network.
          received.push(typeof data === 'string' ? data : data.slice())
        },
        close: end,
        pause: () => undefined,
        resume: () => undefined,
      })
    },
  }
  const answer = await fetch(request, door)
  if (!listener) {
    const words = await answer.text()
    throw new OpsError(
      'socket_refused',
      `The plugin answered ${answer.status} instead of a WebSocket: ${words}`,
    )
  }
  return {
    received,
    get closed() {
      return closed
    },
    protocol,
    send(data) {
      if (closed) throw new OpsError('socket_closed', 'The WebSocket is closed: open another one')
      listener?.message(data)
    },
    close: (code = 1005, reason = '') => end(code, reason),
  }
}
