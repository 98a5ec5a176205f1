import { pathToFileURL } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'
import { serveWebSockets } from '../../../dist/host/runner/serve-web-sockets.js'

// What a remote plugin's container runs: its app on a port; prints the port.
const { plugin } = await import(pathToFileURL(process.argv[2]).href)
const { fetch } = plugin.createApp()
const server = createAdaptorServer({ fetch })
serveWebSockets(server, fetch)
// One that another server could give, and this one never does.
const [join] = server.listeners('upgrade')
server.removeAllListeners('upgrade').on('upgrade', (request, socket, head) => {
  if (!request.url.endsWith('/half-refused')) join(request, socket, head)
  else socket.write('HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nhalf of ')
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)
