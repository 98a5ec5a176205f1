import type { ServerOptions } from '@ops-center/server'

/** What the parent sends once. */
export interface DevServerRequest {
  /** Address of the module to import. */
  readonly module: string
  readonly options: ServerOptions
}

/** What it gets back once. */
export type DevServerReply =
  | { readonly url: string; readonly key: string | undefined }
  | { readonly error: string }

/*
 * Runs in a process of its own: an Ops-Center that lives exactly as long as the command that started it, however
 * that ends.
 */
const stopped = new Promise<void>((resolve) => process.once('disconnect', resolve))
const reply = (message: DevServerReply) => process.send?.(message)
// Ctrl-C reaches the whole group; stopping in order is the parent's.
process.on('SIGINT', () => undefined)

process.once('message', async ({ module, options }: DevServerRequest) => {
  try {
    const { createServer }: typeof import('@ops-center/server') = await import(module)
    const server = await createServer(options)
    reply({ url: server.url, key: server.adminKey.key })
    await stopped
    await server.close()
    process.exit(0)
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : String(error) })
    process.exitCode = 1
    process.disconnect?.()
  }
})
