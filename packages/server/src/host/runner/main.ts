import { pathToFileURL } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'

/*
 * What a plugin's process runs: it imports the plugin, and serves its app on the Unix socket that the host
 * gave it. Bundled to one file, so that a plugin's process may read nothing else of the platform.
 */

interface Served {
  createApp(): { fetch: (request: Request) => Response | Promise<Response> }
  stop?(): Promise<void>
}

function isServed(value: unknown): value is Served {
  return (
    typeof value === 'object' &&
    value !== null &&
    'createApp' in value &&
    typeof value.createApp === 'function'
  )
}

const { OPS_PLUGIN_ENTRYPOINT: entrypoint = '', OPS_PLUGIN_SOCKET: socket = '' } = process.env
delete process.env.OPS_PLUGIN_ENTRYPOINT
delete process.env.OPS_PLUGIN_SOCKET

// Standard input closes when the host is gone, however it went.
process.stdin.on('close', () => process.exit(0)).resume()

const module: { default?: unknown; plugin?: unknown } = await import(pathToFileURL(entrypoint).href)
const plugin = [module.default, module.plugin].find(isServed)
if (!plugin) {
  console.error(`The entrypoint exports no plugin: expected "export default plugin", an instance of Plugin`)
  process.exit(1)
}

const server = createAdaptorServer({ fetch: plugin.createApp().fetch })
server.listen(socket)
process.once('SIGTERM', () => {
  server.close(async () => {
    await plugin.stop?.()
    process.exit(0)
  })
})
