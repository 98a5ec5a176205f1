import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Principal } from '../../auth/principal.js'
import type { WatchPrincipal } from '../../auth/principal-watch.js'
import type { UpgradeRequest } from '../../http/serve-upgrades.js'
import type { LaunchedPlugin } from '../running/launch-plugin.js'
import type { Upgraded } from '../transports/plugin-transport.js'
import { WebSocketFrames } from './web-socket-frames.js'
import { type OfferedProtocols, PLATFORM_PROTOCOL } from './web-socket-protocols.js'

/** Milliseconds after which a side that does not close, though the other has, is cut. */
const CLOSE_GRACE_MS = 2_000
/** Milliseconds until a WebSocket of a key that ended is cut, though a frame is not complete or nobody reads. */
const ENDED_GRACE_MS = 500
/** "Policy violation". */
const KEY_ENDED = 1008
/** "Service restart". */
const LINK_ENDED = 1012
/** Milliseconds of silence after which the network is asked whether the other side is still there. */
const KEEP_ALIVE_MS = 30_000

/** Who is joined to what. */
interface Joined {
  launched: LaunchedPlugin
  offered: OfferedProtocols
  /** Undefined where a route is open to everybody. */
  principal: Principal | undefined
}

/** Closes both sides with a code, and cuts them after so many milliseconds. */
type Close = (code: number, reason: string, grace: number) => void

type Accepted = Extract<Upgraded, { isUpgraded: true }>

/** The WebSockets between callers and plugins: bytes go both ways as they come, at the pace of who reads them. */
export class WebSocketProxy {
  readonly #open = new Map<LaunchedPlugin, Map<Duplex, Close>>()
  readonly #watch: WatchPrincipal

  constructor(watch: WatchPrincipal) {
    this.#watch = watch
  }

  /**
   * Joins a caller to a plugin that accepted, until either leaves or the caller's key ends; `onClosed` is called once,
   * however it ends.
   */
  join(
    upgrade: UpgradeRequest,
    plugin: Accepted,
    { launched, offered, principal }: Joined,
    onClosed: () => void,
  ): void {
    const { socket, head } = upgrade.take()
    const sockets = this.#socketsOf(launched)
    socket.once('close', () => {
      sockets.delete(socket)
      onClosed()
    })
    for (const side of [socket, plugin.socket]) {
      side.on('error', () => side.destroy())
      if (side instanceof Socket) side.setTimeout(0).setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
    }
    socket.write(acceptance(plugin.headers, offered))
    const fromPlugin = pass(plugin.socket, socket, new WebSocketFrames('server'), plugin.head)
    const fromCaller = pass(socket, plugin.socket, new WebSocketFrames('client'), head)
    const close: Close = (code, reason, grace) => {
      for (const frames of [fromPlugin, fromCaller]) if (frames.writable) frames.closeWith(code, reason)
      for (const side of [socket, plugin.socket]) cutSoon(side, grace)
    }
    sockets.set(socket, close)
    if (!principal) return
    const unwatch = this.#watch(principal, () =>
      close(KEY_ENDED, 'The key is no longer valid', ENDED_GRACE_MS),
    )
    socket.once('close', unwatch)
  }

  /** Cuts what is still open. */
  close(): void {
    for (const sockets of this.#open.values()) for (const socket of sockets.keys()) socket.destroy()
  }

  #socketsOf(launched: LaunchedPlugin): Map<Duplex, Close> {
    const known = this.#open.get(launched)
    if (known) return known
    const sockets = new Map<Duplex, Close>()
    this.#open.set(launched, sockets)
    void launched.exited.then(() => {
      this.#open.delete(launched)
      for (const [socket, close] of sockets) {
        // One that runs elsewhere goes on, and leaves its connections open; the end of a process closes them.
        if (launched.runtime === 'remote') close(LINK_ENDED, 'The plugin is linked no more', CLOSE_GRACE_MS)
        else cutSoon(socket, CLOSE_GRACE_MS)
      }
    })
    return sockets
  }
}

function pass(from: Duplex, to: Duplex, frames: WebSocketFrames, head: Buffer): WebSocketFrames {
  if (head.byteLength > 0) frames.write(head)
  from.pipe(frames).pipe(to)
  from.once('close', () => {
    if (frames.writable) frames.end()
    cutSoon(to, CLOSE_GRACE_MS)
  })
  return frames
}

function cutSoon(socket: Duplex, milliseconds: number): void {
  setTimeout(() => socket.destroy(), milliseconds).unref()
}

function acceptance(headers: Accepted['headers'], { offersPlatform }: OfferedProtocols): string {
  const protocol = headers['sec-websocket-protocol'] ?? (offersPlatform ? PLATFORM_PROTOCOL : undefined)
  const lines = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade']
  const passed = {
    'sec-websocket-accept': headers['sec-websocket-accept'],
    'sec-websocket-extensions': headers['sec-websocket-extensions'],
    'sec-websocket-protocol': protocol,
  }
  for (const [name, value] of Object.entries(passed)) if (value !== undefined) lines.push(`${name}: ${value}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
