import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CliError } from '../cli-error.js'
import type { DevServerReply, DevServerRequest } from './dev-server-process.js'

export interface DevServerOptions {
  /** Of the plugin. */
  readonly folder: string
  /** Undefined: 8000, or any free one when that is taken. */
  readonly port: number | undefined
  /** Where to keep data between sessions; undefined keeps nothing. */
  readonly dataDir: string | undefined
  /** `host:port` for a debugger. */
  readonly inspect: string | undefined
  /** Lines that the platform writes. */
  readonly onLine: (line: string) => void
}

/** An Ops-Center for one session. */
export interface DevServer {
  readonly url: string
  readonly key: string
  /** Resolves when it is gone. */
  readonly exited: Promise<void>
  stop(): Promise<void>
}

const DEFAULT_PORT = 8000
/** Milliseconds for an orderly end. */
const STOP_TIMEOUT = 10_000

/**
 * Starts an Ops-Center in a process of its own, without a database to set up.
 *
 * @throws CliError when it is not installed, or does not start, in its own words.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const module = findServer(options.folder)
  const temporary = options.dataDir ? undefined : await mkdtemp(join(tmpdir(), 'ops-center-dev-'))
  const { DATABASE_URL: _, OPS_CENTER_ADMIN_KEY: _key, ...env } = process.env
  const child = fork(fileURLToPath(new URL('../dev/dev-server-process.js', import.meta.url)), {
    env,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', options.onLine)
  }
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const stop = async () => {
    await endChild(child, exited)
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
  }
  try {
    const { url, key } = await askForServer(child, exited, {
      module,
      options: {
        port: options.port ?? (await choosePort()),
        host: '127.0.0.1',
        dataDir: resolve(options.dataDir ?? temporary ?? '.'),
        databaseUrl: options.dataDir ? undefined : 'memory:',
        // Kept data has a key already.
        adminKey: options.dataDir ? undefined : `dev_${randomBytes(18).toString('base64url')}`,
        logLevel: 'warn',
        logFormat: 'text',
        ...(options.inspect === undefined ? {} : { pluginInspect: options.inspect }),
      },
    })
    return { url, key, exited, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The plugin's own Ops-Center if it has one, else the one beside this command. */
function findServer(folder: string): string {
  for (const from of [join(resolve(folder), 'package.json'), fileURLToPath(import.meta.url)]) {
    try {
      return pathToFileURL(createRequire(from).resolve('@ops-center/server')).href
    } catch {
      // The next place may have it.
    }
  }
  throw new CliError('server_missing', 'dev needs @ops-center/server, which is not installed', {
    fix: 'Run npm install --save-dev @ops-center/server',
  })
}

async function choosePort(): Promise<number> {
  const probe = createServer()
  const isFree = await new Promise<boolean>((done) => {
    probe.once('error', () => done(false))
    probe.listen(DEFAULT_PORT, '127.0.0.1', () => done(true))
  })
  if (isFree) await new Promise((done) => probe.close(done))
  return isFree ? DEFAULT_PORT : 0
}

async function askForServer(
  child: ChildProcess,
  exited: Promise<void>,
  request: DevServerRequest,
): Promise<{ url: string; key: string }> {
  child.send(request)
  const reply = await Promise.race([
    new Promise<DevServerReply>((done) => child.once('message', (message: DevServerReply) => done(message))),
    exited.then(() => ({ error: 'its process ended' })),
  ])
  if ('url' in reply && reply.key !== undefined) return { url: reply.url, key: reply.key }
  const reason = 'error' in reply ? reply.error : 'its data folder has no admin-key'
  throw new CliError('server_failed', `Ops-Center did not start: ${reason}`, {
    fix: 'Choose another --port or --data-dir, or end what uses it',
  })
}

async function endChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT)
  await exited
  clearTimeout(timer)
}
