import { LINK_PROTOCOL, PART_BYTES } from '../link/frame.js'
import { type LinkedRequest, PluginLink } from '../link/plugin-link.js'
import type { DispatchedRequest, PluginTransport } from './plugin-transport.js'
import { createPoolTransport } from './pool-transport.js'

/** Requests on the link at a time; more of them wait for a connection of the pool. */
const MAX_LINKED = 256
/** Bytes that a plugin may leave unread on the link: what is sent to one that stalls is kept in memory. */
const MAX_BACKLOG_BYTES = 4_194_304

/**
 * The way to a plugin's process: HTTP on its Unix socket, and the link on the same socket for what is dispatched
 * with a short body or none. Until the link is open, and where there is none, HTTP does all.
 */
export function createProcessTransport(socketPath: string): PluginTransport {
  const pool = createPoolTransport({ socketPath })
  let link: PluginLink | undefined
  let isOpening = false
  let isClosed = false
  const open = async () => {
    isOpening = true
    const opened = await pool.upgrade({
      path: '/',
      headers: { connection: 'Upgrade', upgrade: LINK_PROTOCOL },
    })
    if (!opened.isUpgraded) {
      opened.answer.resume()
      return
    }
    if (isClosed) {
      opened.socket.destroy()
      return
    }
    if (opened.head.byteLength > 0) opened.socket.unshift(opened.head)
    link = new PluginLink(opened.socket)
  }
  return {
    ...pool,
    dispatch(request, receiver) {
      if (!isShort(request) || isClosed) return pool.dispatch(request, receiver)
      if (link?.isOpen && link.size < MAX_LINKED && link.backlog < MAX_BACKLOG_BYTES)
        return link.dispatch(request, receiver)
      if (!isOpening) open().catch(() => undefined)
      return pool.dispatch(request, receiver)
    },
    async close() {
      isClosed = true
      link?.close()
      await pool.close()
    },
  }
}

function isShort(request: DispatchedRequest): request is LinkedRequest {
  const { body } = request
  return (body ?? null) === null || (body instanceof Uint8Array && body.byteLength <= PART_BYTES)
}
