import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import { serveWebSockets } from '../runner/serve-web-sockets.js'
import { openUpgrade } from './open-upgrade.js'
import type { Upgraded, UpgradeRequest } from './plugin-transport.js'

export interface FunctionUpgrade {
  open(request: UpgradeRequest): Promise<Upgraded>
  close(): void
}

/** WebSockets of an app in this process: a server that listens nowhere, at the other end of a pair of streams. */
export function createFunctionUpgrade(
  origin: string,
  fetch: (request: Request, env?: object) => Response | Promise<Response>,
): FunctionUpgrade {
  const server = createServer()
  const closeWebSockets = serveWebSockets(server, fetch)
  return {
    open(request) {
      const [near, far] = duplexPair()
      server.emit('connection', far)
      return openUpgrade(origin, request, { createConnection: () => near })
    },
    close: closeWebSockets,
  }
}
