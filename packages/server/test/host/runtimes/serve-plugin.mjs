import { pathToFileURL } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'
import { serveWebSockets } from '../../../dist/host/runner/serve-web-sockets.js'

// What a remote plugin's container runs: its app on a port; prints the port.
const { plugin } = await import(pathToFileURL(process.argv[2]).href)
const { fetch } = plugin.createApp()
const server = createAdaptorServer({ fetch })
serveWebSockets(server, fetch)
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)
