import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A command `ops-center start` that runs. */
export interface OpsCenter {
  readonly url: string
  readonly key: string
  stop(): Promise<void>
}

/** Starts a server's binary on a free port with a data folder of its own. */
export async function startOpsCenter(binary: string, dataDir: string): Promise<OpsCenter> {
  const key = 'end-to-end-admin-key'
  const child = spawn(process.execPath, [binary, 'start', '--port', '0', '--data-dir', dataDir], {
    env: { ...process.env, OPS_CENTER_ADMIN_KEY: key, OPS_CENTER_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { url: await announced(child), key, stop: () => stop(child) }
}

function announced(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ops-center ended with ${code}`)))
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, url] = / is running at (\S+) /.exec(line) ?? []
      if (url !== undefined) resolve(url)
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exited
}
