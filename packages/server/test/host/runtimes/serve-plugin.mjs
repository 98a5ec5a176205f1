import { pathToFileURL } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'

// What a remote plugin's container runs: its app on a port; prints the port.
const { plugin } = await import(pathToFileURL(process.argv[2]).href)
const server = createAdaptorServer({ fetch: plugin.createApp().fetch })
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)
