import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { LINK_PROTOCOL } from '../link/frame.js'
import { findPlugin } from './find-plugin.js'
import { mapStacks } from './map-stacks.js'
import { reportUncaught } from './report-uncaught.js'
import { serveLink } from './serve-link.js'
import { serveWebSockets } from './serve-web-sockets.js'

/*
 * What a plugin's process runs: it imports the plugin, and serves its app on the Unix socket that the host
 * gave it. Bundled to one file, so that a plugin's process may read nothing else of the platform.
 */

/** Milliseconds that requests under way get. */
const LONGEST_END_MS = 2_500

const { OPS_PLUGIN_ENTRYPOINT: entrypoint = '', OPS_PLUGIN_SOCKET: socket = '' } = process.env
delete process.env.OPS_PLUGIN_ENTRYPOINT
delete process.env.OPS_PLUGIN_SOCKET

/*
 * Node's permission model does not cover signals: with these, a plugin could end its host or its neighbours, or make
 * them listen for a debugger. In a sandbox there is nobody it could reach; elsewhere they are not there.
 */
for (const name of ['kill', '_kill', '_debugProcess', '_debugEnd']) {
  Object.defineProperty(process, name, {
    value: () => {
      throw Object.assign(new Error(`process.${name} is not available to plugins`), {
        code: 'ERR_ACCESS_DENIED',
      })
    },
  })
}

// Standard input ends when the host wants this process to end, and when the host is gone, however it went.
let end = (): unknown => process.exit(0)
process.stdin.once('close', () => end()).resume()

mapStacks()
reportUncaught()

const module: { default?: unknown; plugin?: unknown } = await import(pathToFileURL(entrypoint).href)
const plugin = findPlugin(module)
if (!plugin) {
  console.error(`The entrypoint exports no plugin: expected "export default plugin", an instance of Plugin`)
  process.exit(1)
}

const { fetch } = plugin.createApp()
const listener = getRequestListener(fetch)
const server = createServer(listener)
const endLinks: (() => void)[] = []
const closeWebSockets = serveWebSockets(server, fetch, {
  [LINK_PROTOCOL]: (socket) => endLinks.push(serveLink(socket, listener)),
})
// Node counts a connection as idle only after its first request: these are for `end` to close.
const unused = new Set<Socket>()
server.on('connection', (connection) => {
  unused.add(connection)
  connection.once('close', () => unused.delete(connection))
})
for (const event of ['request', 'upgrade'])
  server.on(event, (incoming: IncomingMessage) => unused.delete(incoming.socket))
server.listen(socket)
end = () => {
  setTimeout(() => process.exit(0), LONGEST_END_MS).unref()
  closeWebSockets()
  for (const endLink of endLinks) endLink()
  for (const connection of unused) connection.destroy()
  server.close(async () => {
    await plugin.stop?.()
    process.exit(0)
  })
}
