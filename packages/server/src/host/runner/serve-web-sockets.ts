import type { Server } from 'node:http'
import type {
  WebSocketConnection,
  WebSocketDoor,
  WebSocketListener,
  WebSocketTerms,
} from '@ops-center/plugin-sdk/protocol'
import type { RawData, WebSocket } from 'ws'
import { type OtherProtocols, serveUpgrades, type UpgradeRequest } from '../../http/serve-upgrades.js'

type Fetch = (request: Request, env?: object) => Response | Promise<Response>

interface Accepted {
  terms: WebSocketTerms
  open: (connection: WebSocketConnection) => WebSocketListener
}

/** Code and reason for callers whose plugin ends: they may come back to whoever takes its place. */
const GOING_AWAY = [1012, 'The plugin goes away'] as const

/** Lets a plugin's app accept WebSockets on the server that serves it; returns what closes all that are open. */
export function serveWebSockets(server: Server, fetch: Fetch, others?: OtherProtocols): () => void {
  const sockets = new Set<WebSocket>()
  serveUpgrades(
    server,
    async (request, { upgrade }) => {
      let accepted: Accepted | undefined
      const door: WebSocketDoor = {
        acceptWebSocket(terms, open) {
          accepted = { terms, open }
        },
      }
      const response = await fetch(request, door)
      if (accepted) await openSocket(upgrade, accepted, sockets)
      return response
    },
    others,
  )
  return () => {
    for (const socket of sockets) socket.close(...GOING_AWAY)
  }
}

async function openSocket(
  upgrade: UpgradeRequest,
  { terms: { maxMessageBytes, protocol }, open }: Accepted,
  sockets: Set<WebSocket>,
): Promise<void> {
  // Loaded when the first is opened: most plugins have none.
  const { WebSocketServer } = await import('ws')
  const acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => protocol ?? false,
  })
  const { socket, head } = upgrade.take()
  acceptor.handleUpgrade(upgrade.incoming, socket, head, (webSocket) => {
    sockets.add(webSocket)
    webSocket.once('close', () => sockets.delete(webSocket))
    connect(webSocket, open)
  })
}

function connect(socket: WebSocket, open: Accepted['open']): void {
  const listener = open({
    send: (data) =>
      new Promise((resolve, reject) => socket.send(data, (error) => (error ? reject(error) : resolve()))),
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    close: (code, reason) => socket.close(code, reason),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  })
  // Broken rules of the protocol and lost connections; `close` follows.
  socket.on('error', () => undefined)
  socket.on('message', (data, isBinary) => listener.message(isBinary ? bytesOf(data) : String(data)))
  socket.on('close', (code, reason) => listener.closed(code, String(reason)))
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
