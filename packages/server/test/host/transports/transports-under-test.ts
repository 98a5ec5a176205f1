import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { vi } from 'vitest'
import { LINK_PROTOCOL } from '../../../src/host/link/frame.js'
import { serveLink } from '../../../src/host/runner/serve-link.js'
import {
  createFunctionTransport,
  type FetchFunction,
} from '../../../src/host/transports/function-transport.js'
import type { PluginTransport } from '../../../src/host/transports/plugin-transport.js'
import { createPoolTransport } from '../../../src/host/transports/pool-transport.js'
import { createProcessTransport } from '../../../src/host/transports/process-transport.js'
import { serveUpgrades } from '../../../src/http/serve-upgrades.js'

export interface TransportUnderTest {
  transport: PluginTransport
  /** Ends the plugin's side at once. */
  kill(): void
  close(): Promise<void>
}

export type TransportKind = 'HTTP' | 'link' | 'function'

/** An app at the other end of each kind of transport. */
export async function transportUnderTest(
  kind: TransportKind,
  fetch: FetchFunction,
): Promise<TransportUnderTest> {
  if (kind === 'function') {
    const transport = createFunctionTransport(fetch)
    return { transport, kill: () => void transport.close(), close: () => transport.close() }
  }
  const folder = await mkdtemp(join(tmpdir(), 'ops-transport-'))
  const socketPath = join(folder, 'plugin.sock')
  let linked = 0
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false })
  const counting: RequestListener = (incoming, outgoing) => {
    linked += 1
    void listener(incoming, outgoing)
  }
  const server = createServer(listener)
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket))
  serveUpgrades(server, () => new Response(null, { status: 404 }), {
    [LINK_PROTOCOL]: (socket) => serveLink(socket, counting),
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const transport = kind === 'HTTP' ? createPoolTransport({ socketPath }) : createProcessTransport(socketPath)
  if (kind === 'link') {
    await vi.waitFor(async () => {
      await answerTo(transport, '/')
      if (linked === 0) throw new Error('The link is not open yet')
    })
  }
  const kill = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    transport,
    kill,
    async close() {
      await transport.close()
      kill()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

/** What is received of an answer, until it is over. */
export interface Received {
  statusCode: number
  headers: Record<string, unknown>
  body: Buffer
}

export function answerTo(
  transport: PluginTransport,
  path: string,
  request: Partial<Parameters<PluginTransport['dispatch']>[0]> = {},
): Promise<Received> {
  return new Promise((resolve, reject) => {
    let start: Omit<Received, 'body'> = { statusCode: 0, headers: {} }
    const chunks: Uint8Array[] = []
    transport.dispatch(
      { method: 'GET', path, ...request },
      {
        onStart: (statusCode, headers) => {
          start = { statusCode, headers }
        },
        onData: (chunk) => chunks.push(Uint8Array.from(chunk)),
        onEnd: () => resolve({ ...start, body: Buffer.concat(chunks) }),
        onError: reject,
      },
    )
  })
}
