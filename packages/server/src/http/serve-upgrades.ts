import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { type Duplex, pipeline, Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'

/** A connection whose caller asked for a WebSocket. */
export class UpgradeRequest {
  readonly incoming: IncomingMessage
  readonly #socket: Duplex
  readonly #head: Buffer
  #isTaken = false

  constructor(incoming: IncomingMessage, socket: Duplex, head: Buffer) {
    this.incoming = incoming
    this.#socket = socket
    this.#head = head
  }

  /** Whether somebody speaks another protocol on the connection now; the answer to the request is not sent then. */
  get isTaken(): boolean {
    return this.#isTaken
  }

  /** The raw connection, and what the caller sent already. */
  take(): { socket: Duplex; head: Buffer } {
    this.#isTaken = true
    return { socket: this.#socket, head: this.#head }
  }
}

/** What a request that asks for a WebSocket brings along, as `env`. */
export interface UpgradeEnv {
  upgrade: UpgradeRequest
}

type Fetch = (request: Request, env: UpgradeEnv) => Response | Promise<Response>

/** What else is spoken here than HTTP and WebSocket, by the name that a request asks for. */
export type OtherProtocols = Readonly<Record<string, (socket: Duplex) => void>>

/**
 * Hands requests for a WebSocket to the app like any other; whoever takes the connection answers it. Requests for any
 * other protocol (browsers and Java offer HTTP/2) are served as if they had not asked.
 */
export function serveUpgrades(server: Server, fetch: Fetch, others: OtherProtocols = {}): void {
  const guarded = new WeakSet<Duplex>()
  server.on('upgrade', (incoming, socket, head) => {
    // Once: one that offers HTTP/2 with each request comes here with each.
    if (!guarded.has(socket)) socket.on('error', () => socket.destroy())
    guarded.add(socket)
    const protocol = incoming.headers.upgrade?.toLowerCase() ?? ''
    const other = Object.hasOwn(others, protocol) ? others[protocol] : undefined
    if (other) {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${protocol}\r\n\r\n`)
      if (head.byteLength > 0) socket.unshift(head)
      other(socket)
      return
    }
    if (protocol !== 'websocket' || incoming.method !== 'GET') {
      serveAsPlain(server, incoming, socket, head)
      return
    }
    const upgrade = new UpgradeRequest(incoming, socket, head)
    answerUpgrade(upgrade, fetch)
      .catch(() => new Response(null, { status: 500 }))
      .then((response) => (upgrade.isTaken ? undefined : refuse(socket, response)))
      .catch(() => socket.destroy())
  })
}

async function answerUpgrade(upgrade: UpgradeRequest, fetch: Fetch): Promise<Response> {
  const { incoming } = upgrade
  const url = `http://${incoming.headers.host ?? 'localhost'}${incoming.url ?? '/'}`
  if (!URL.canParse(url)) return new Response(null, { status: 400 })
  const headers = new Headers()
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '')
  }
  const gone = new AbortController()
  incoming.socket.once('close', () => gone.abort())
  return fetch(new Request(url, { headers, signal: gone.signal }), { upgrade })
}

function refuse(socket: Duplex, { status, headers, body }: Response): void {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`]
  for (const [name, value] of headers) if (!OF_THE_CONNECTION.has(name)) lines.push(`${name}: ${value}`)
  // The body ends with the connection: of one that a plugin never ends, no more is read than the caller takes.
  lines.push('connection: close', '', '')
  socket.write(Buffer.from(lines.join('\r\n'), 'latin1'))
  if (body) pipeline(Readable.fromWeb(body as NodeReadableStream), socket, () => undefined)
  else socket.end()
}

const OF_THE_CONNECTION = new Set(['content-length', 'connection', 'transfer-encoding'])
const OF_THE_OFFER = new Set(['upgrade', 'connection', 'http2-settings'])

/** Puts the request back without its offer, for the server to read it anew: its body was not read yet. */
function serveAsPlain(server: Server, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`]
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const name = incoming.rawHeaders[index] ?? ''
    if (!OF_THE_OFFER.has(name.toLowerCase())) lines.push(`${name}: ${incoming.rawHeaders[index + 1]}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
