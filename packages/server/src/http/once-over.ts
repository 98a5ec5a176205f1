import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Answers that wait for their turn on a connection, which tells them nothing when it closes. */
const waiting = new WeakMap<Socket, Set<() => void>>()

/** Whether nobody is left to read an answer on its connection, which a request that broke off no longer tells. */
export function isGone(socket: Socket, outgoing: ServerResponse): boolean {
  return outgoing.destroyed || socket.destroyed
}

/** Calls `fn` once when an answer is over: written to its end, broken off, or its caller gone, be it already. */
export function onceOver(socket: Socket, outgoing: ServerResponse, fn: () => void): void {
  if (isGone(socket, outgoing)) {
    fn()
    return
  }
  if (outgoing.socket) {
    outgoing.once('close', fn)
    return
  }
  const off = onceClosed(socket, () => {
    outgoing.off('close', over)
    fn()
  })
  const over = () => {
    off()
    fn()
  }
  outgoing.once('close', over)
}

/** One listener for any number of requests that a caller sends ahead on one connection. */
function onceClosed(socket: Socket, fn: () => void): () => void {
  const known = waiting.get(socket)
  const all = known ?? new Set()
  all.add(fn)
  if (!known) {
    waiting.set(socket, all)
    socket.once('close', () => {
      for (const one of [...all]) one()
    })
  }
  return () => void all.delete(fn)
}
