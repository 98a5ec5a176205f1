import { createServer, type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createBareProxy } from './bare-proxy.js'
import { createExpressApp } from './express-app.js'
import { createFastifyApp } from './fastify-app.js'
import { createHonoApp } from './hono-app.js'
import { PREFIX } from './route-work.js'
import { createSdkApp } from './sdk-app.js'

// A process of its own for each server: what one leaves in memory or in the compiler must not slow the next.
const listeners: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  sdk: () => getRequestListener(createSdkApp().fetch),
  hono: () => getRequestListener(createHonoApp(PREFIX).fetch),
  proxy: () => createBareProxy(process.argv[3] ?? ''),
  express: () => createExpressApp(PREFIX),
  fastify: async () => {
    const app = createFastifyApp(PREFIX)
    await app.ready()
    return app.routing
  },
}

const kind = process.argv[2] ?? ''
const create = listeners[kind]
if (!create)
  throw new Error(`There is no server "${kind}": expected one of ${Object.keys(listeners).join(', ')}`)
const server = createServer(await create())
server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.on('disconnect', () => process.exit())
