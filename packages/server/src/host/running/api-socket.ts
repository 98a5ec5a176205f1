import { createAdaptorServer } from '@hono/node-server'

export interface ApiSocket {
  close(): Promise<void>
}

/** Serves the API on a Unix socket: the one place a plugin without the permission `network:outbound` can reach. */
export async function serveApiSocket(
  path: string,
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<ApiSocket> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
