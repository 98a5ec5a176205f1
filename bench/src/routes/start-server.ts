import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PREFIX } from './route-work.js'

export interface BenchServer {
  readonly name: string
  /** With the prefix of the routes. */
  readonly url: string
  stop(): Promise<void>
}

/** Starts one kind of server on a free port of the loopback interface. */
export async function startServer(name: string, kind: string, ...args: string[]): Promise<BenchServer> {
  const child = fork(fileURLToPath(new URL('./server-process.js', import.meta.url)), [kind, ...args])
  const [address] = await once(child, 'message')
  return {
    name,
    url: `http://127.0.0.1:${address.port}${PREFIX}`,
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
}
