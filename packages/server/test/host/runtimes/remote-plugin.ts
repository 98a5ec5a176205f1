import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./serve-plugin.mjs', import.meta.url))

/** A plugin that runs somewhere else, as its author starts it. */
export interface RemotePlugin {
  url: string
  port: number
  stop(): Promise<void>
}

/** Serves the plugin that a file exports, in a process of its own. */
export function serveRemotePlugin(entrypoint: string, secret: string, port = 0): Promise<RemotePlugin> {
  return runRemotePlugin(process.execPath, [SCRIPT, entrypoint], secret, port)
}

/** Runs any program that prints its port and then speaks the protocol there. */
export async function runRemotePlugin(
  command: string,
  args: readonly string[],
  secret: string,
  port = 0,
): Promise<RemotePlugin> {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, OPS_PLUGIN_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const printed = await Promise.race([
    once(child.stdout, 'data'),
    exited.then(([code]) => {
      throw new Error(`The remote plugin ended with ${code}`)
    }),
  ])
  child.stdout.resume()
  const listening = Number(String(printed[0]).trim())
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
