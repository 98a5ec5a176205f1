import { createServer, type Server as HttpServer } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import type { NodeHandler } from './node-handler.js'
import { serveUpgrades } from './serve-upgrades.js'

export interface ListenOptions {
  /** With the connection of a request for a WebSocket as `env.upgrade`. */
  fetch: (request: Request, env?: object) => Response | Promise<Response>
  /** Asked before the app. */
  direct?: readonly NodeHandler[] | undefined
  port: number
  host: string
  /** Milliseconds that open requests get when closing. */
  stopTimeout: number
}

export interface Listening {
  url: string
  port: number
  close(): Promise<void>
}

/**
 * Serves a fetch handler over HTTP.
 *
 * @throws OpsError `port_in_use`, or `listen_failed` when the address cannot be used for another reason.
 */
export async function listen({
  fetch,
  direct = [],
  port,
  host,
  stopTimeout,
}: ListenOptions): Promise<Listening> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false })
  const server = createServer((incoming, outgoing) => {
    if (!direct.some((handle) => handle(incoming, outgoing))) void listener(incoming, outgoing)
  })
  serveUpgrades(server, fetch)
  await bind(server, { port, host })
  const address = server.address()
  const actualPort = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${urlHost(host)}:${actualPort}`,
    port: actualPort,
    close: () => closeServer(server, stopTimeout),
  }
}

/**
 * Says early what {@link listen} would say later.
 *
 * @throws OpsError `port_in_use`, or `listen_failed` when the address cannot be used for another reason.
 */
export async function requireFreePort(at: Pick<ListenOptions, 'port' | 'host'>): Promise<void> {
  const server = createTcpServer((socket) => socket.destroy())
  await bind(server, at)
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

async function bind(server: TcpServer, { port, host }: Pick<ListenOptions, 'port' | 'host'>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, port, host)))
    server.listen(port, host, resolve)
  })
  server.removeAllListeners('error')
}

async function closeServer(server: HttpServer, stopTimeout: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), stopTimeout)
  await closed
  clearTimeout(timer)
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function listenError(error: Error, port: number, host: string): OpsError {
  const code = 'code' in error ? error.code : undefined
  const [kind, reason] =
    code === 'EADDRINUSE'
      ? ['port_in_use', `Port ${port} on ${host} is taken by another program`]
      : ['listen_failed', `Cannot listen on ${host}:${port} (${errorMessage(error)})`]
  return new OpsError(kind, `${reason}: choose another with --port or OPS_CENTER_PORT`, { cause: error })
}
