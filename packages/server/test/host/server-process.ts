import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ADMIN_KEY } from './test-platform.js'

const BINARY = fileURLToPath(new URL('../../bin/ops-center.js', import.meta.url))

/** `ops-center start` as an operator runs it, in a process of its own. */
export interface ServerProcess {
  url: string
  child: ChildProcess
  /** Ends it the hard way. */
  kill(): Promise<void>
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null>
}

export async function startServerProcess(
  dataDir: string,
  databaseUrl?: string,
  secretKey = 'the-same-on-every-node',
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [BINARY, 'start'], {
    env: {
      PATH: process.env.PATH,
      OPS_CENTER_PORT: '0',
      OPS_CENTER_DATA_DIR: dataDir,
      OPS_CENTER_ADMIN_KEY: ADMIN_KEY,
      OPS_CENTER_SECRET_KEY: secretKey,
      ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer) => {
      output += chunk
      const found = /running at (http:\S+)/.exec(output)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void exited.then((code) => reject(new Error(`ops-center ended with ${code}: ${output}`)))
  })
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return { url, child, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') }
}
