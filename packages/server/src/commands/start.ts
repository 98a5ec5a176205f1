import { requireFreePort } from '../http/listen.js'
import type { ResolvedServerOptions } from '../options.js'
import type { Server } from '../server.js'
import { SERVER_VERSION } from '../server-version.js'

/** Runs a server until it is told to stop; 0 once it has. */
export async function start(options: ResolvedServerOptions): Promise<number> {
  await requireFreePort(options)
  const { createServer } = await import('../server.js')
  const server = await createServer(options)
  announce(server)
  // False: whoever started it went away meanwhile. It is undefined without such a channel.
  if (process.connected !== false) await stopSignal()
  await server.close()
  return 0
}

function announce({ url, adminKey, options }: Server): void {
  const lines = [
    `Ops-Center ${SERVER_VERSION} is running at ${url} (docs: ${url}/docs, data: ${options.dataDir})`,
  ]
  if (adminKey.generated)
    lines.push(`Admin key, shown this once and kept in ${adminKey.file}: ${adminKey.key}`)
  process.stdout.write(`${lines.join('\n')}\n`)
}

/**
 * Resolves with the first SIGINT or SIGTERM; a second one ends the process at once. A program that started the server
 * with a channel of `child_process`, and is gone, means the same: killed, it could not say so.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const reasons = ['SIGINT', 'SIGTERM', 'disconnect'] as const
    const onReason = () => {
      for (const reason of reasons) process.off(reason, onReason)
      resolve()
    }
    for (const reason of reasons) process.on(reason, onReason)
  })
}
