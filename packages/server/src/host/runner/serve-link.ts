import { IncomingMessage, type RequestListener } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { BatchedWrites } from '../link/batched-writes.js'
import { decodeCredit, decodeHead, FRAME, type Frame, FrameReader } from '../link/frame.js'
import { LinkResponse } from './link-response.js'

/** The plugin's end of the link; returns what ends it once its answers are given. */
export function serveLink(socket: Duplex, listener: RequestListener): () => void {
  const writes = new BatchedWrites(socket)
  const reader = new FrameReader()
  const open = new Map<number, LinkResponse>()
  // Requests of HTTP have a socket, which whoever reads them may ask; this one is none's.
  const nowhere = new Socket()
  let isEnding = false
  const endWhenDone = () => {
    // What was written in this turn leaves first.
    if (isEnding && open.size === 0) setImmediate(() => socket.end())
  }
  const receive = (frame: Frame) => {
    const { kind, id } = frame
    if (kind === FRAME.request) {
      const { head, body } = decodeHead(frame)
      const incoming = requestOf(nowhere, head, body)
      const response = new LinkResponse(
        incoming,
        id,
        (answer) => writes.add(answer),
        () => {
          open.delete(id)
          endWhenDone()
        },
      )
      open.set(id, response)
      listener(incoming, response)
    } else if (kind === FRAME.credit) open.get(id)?.credit(decodeCredit(frame))
    else if (kind === FRAME.cancel) open.get(id)?.cancelled()
  }
  socket.on('data', (chunk: Buffer) => {
    for (const frame of reader.read(chunk)) receive(frame)
  })
  socket.on('error', () => undefined)
  socket.once('close', () => {
    for (const response of [...open.values()]) response.cancelled()
  })
  return () => {
    isEnding = true
    endWhenDone()
  }
}

/** As a plugin without a name of its own sees its origin, on the other connections too. */
const HOST = 'plugin'

type RequestHead = [method: string, path: string, headers: Record<string, string | string[]>]

function requestOf(socket: Socket, head: unknown, body: Buffer): IncomingMessage {
  if (!isRequestHead(head)) throw new TypeError('A request without a method, a path and headers')
  const [method, path, headers] = head
  const incoming = new IncomingMessage(socket)
  incoming.method = method
  incoming.url = path
  incoming.httpVersion = '1.1'
  incoming.httpVersionMajor = 1
  incoming.httpVersionMinor = 1
  incoming.headers = { ...headers, host: HOST }
  incoming.rawHeaders = ['host', HOST]
  for (const name in headers) {
    for (const value of [headers[name]].flat()) incoming.rawHeaders.push(name, String(value))
  }
  if (body.byteLength > 0) incoming.push(body)
  incoming.push(null)
  incoming.complete = true
  return incoming
}

/** It comes from the host, which is trusted with the rest. */
function isRequestHead(head: unknown): head is RequestHead {
  return Array.isArray(head) && typeof head[0] === 'string' && typeof head[1] === 'string'
}
