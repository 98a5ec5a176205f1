import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { OpsError } from '@ops-center/plugin-sdk'
import { HOST_CONTEXT_VARIABLE } from '@ops-center/plugin-sdk/protocol'
import { PluginConnection } from '../running/plugin-connection.js'
import type { UnpackedPlugin } from '../running/plugin-files.js'
import { createProcessTransport } from '../transports/process-transport.js'
import { LastWords } from './last-words.js'
import { memoryLimit } from './memory-limit.js'
import { memoryReader } from './process-memory.js'
import { readLines } from './read-lines.js'
import type { RunningPlugin, RuntimeStart } from './runtime.js'
import { watchMemory } from './watch-memory.js'

export interface ProcessOptions {
  /** A command that runs the process in a sandbox; empty for none. */
  prefix: readonly string[]
  /** `host:port` at which a debugger may connect; Node's permission model, which forbids that, is then off. */
  inspect?: string | undefined
  /** A private folder for the socket. */
  socketDir: string
}

/** How a process ended. */
interface ProcessExit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** The same file, whether this one runs from `src` or from `dist`. */
const RUNNER = fileURLToPath(new URL('../../../dist/host/runner.mjs', import.meta.url))
/** Milliseconds in which what a process printed at its end is read. */
const LAST_OUTPUT_MS = 200
/** Milliseconds between two looks whether a new process listens. */
const POLL_MS = 5

/**
 * Runs a plugin in a process of its own: Node's permission model on, an environment without the host's secrets, its
 * output captured.
 *
 * @throws OpsError `plugin_start_failed` when it ends, or does not listen in time.
 */
export async function startPluginProcess(
  start: RuntimeStart,
  options: ProcessOptions,
): Promise<RunningPlugin> {
  const { plugin, context, startTimeout, ending, onLine } = start
  const socketPath = join(options.socketDir, `${randomBytes(9).toString('base64url')}.sock`)
  const [command = process.execPath, ...args] = [
    ...options.prefix,
    process.execPath,
    ...processArguments(plugin, options),
  ]
  const child = spawn(command, args, {
    cwd: plugin.directory,
    env: processEnvironment(start, socketPath),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exited = exitOf(child)
  const words = new LastWords()
  for (const stream of ['stdout', 'stderr'] as const) {
    readLines(child[stream], (line) => {
      words.hear(line, stream)
      onLine(line, stream)
    })
  }
  const described = exited.then(async (exit) => {
    await Promise.race([outputEnds(child), sleep(LAST_OUTPUT_MS, undefined, { ref: false })])
    return words.describe(exit)
  })
  const connection = new PluginConnection(createProcessTransport(socketPath), context.secret, described)
  const stop = async (grace: number, accusation?: string) => {
    if (accusation !== undefined) words.accuse(accusation)
    await stopChild(child, exited, grace)
    await connection.close()
    await rm(socketPath, { force: true })
  }
  const cut = () => child.kill('SIGKILL')
  const readMemory = memoryReader(child.pid, options.prefix.length > 0)
  const limit = memoryLimit(plugin.manifest.resources.memory)
  const unwatch = watchMemory({
    read: readMemory,
    // Whoever debugs it takes memory too: for a snapshot of the heap more than the heap.
    limit: options.inspect === undefined ? limit.bytes : Number.POSITIVE_INFINITY,
    onOver: (used) => {
      words.accuse(limit.accusation(used))
      cut()
    },
  })
  void exited.then(unwatch)
  ending?.addEventListener('abort', cut)
  if (ending?.aborted) cut()
  try {
    await untilListening(connection, described, startTimeout)
  } catch (error) {
    await stop(0)
    throw error
  } finally {
    ending?.removeEventListener('abort', cut)
  }
  void exited.then(() => connection.close())
  return {
    runtime: 'process',
    pid: child.pid,
    connection,
    needsContext: false,
    exited: described,
    memory: async () => (isOver(child) ? undefined : readMemory()),
    stop,
  }
}

/**
 * Node 20 calls its permission model experimental, and crashes on read paths that overlap. From Node 25 on it covers
 * the network too, and the socket on which the plugin listens is part of that.
 */
function permissionFlags(packageDir: string): string[] {
  const known = process.allowedNodeEnvironmentFlags
  return [
    known.has('--permission') ? '--permission' : '--experimental-permission',
    `--allow-fs-read=${packageDir}/*`,
    `--allow-fs-read=${RUNNER}`,
    ...(known.has('--allow-net') ? ['--allow-net'] : []),
  ]
}

function processArguments(
  { directory, manifest }: UnpackedPlugin,
  { inspect }: Pick<ProcessOptions, 'inspect'>,
): string[] {
  return [
    ...(inspect === undefined ? permissionFlags(directory) : [`--inspect=${inspect}`]),
    `--max-old-space-size=${memoryLimit(manifest.resources.memory).heapMegabytes}`,
    // Young objects take up to three times as much; the default, 16 MB, is meant for one big process. Half of this
    // would save 2 MB, and cost a plugin with much to do 5 % of its time: it is collected twice as often.
    '--max-semi-space-size=2',
    // Threads that help V8 to compile and to collect. With Node's four, many small processes only wait for the same
    // cores, and each thread keeps memory of its own.
    '--v8-pool-size=1',
    '--disable-warning=ExperimentalWarning',
    RUNNER,
  ]
}

function processEnvironment({ plugin, context }: RuntimeStart, socketPath: string): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'production',
    TZ: process.env.TZ ?? 'UTC',
    OPS_CENTER_LOG_FORMAT: 'json',
    OPS_CENTER_LOG_LEVEL: 'debug',
    OPS_PLUGIN_ENTRYPOINT: plugin.entrypoint,
    OPS_PLUGIN_SOCKET: socketPath,
    [HOST_CONTEXT_VARIABLE]: JSON.stringify(context),
  }
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: 1, signal: null }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

async function untilListening(
  connection: PluginConnection,
  described: Promise<string>,
  timeout: number,
): Promise<void> {
  const deadline = Date.now() + timeout
  const ended = described.then((how) => {
    throw new OpsError('plugin_start_failed', `The plugin's process ended while it started (${how})`)
  })
  ended.catch(() => undefined)
  while (!(await Promise.race([connection.isAnswering(timeout), ended]))) {
    if (Date.now() > deadline) {
      throw new OpsError('plugin_start_failed', `The plugin did not listen within ${timeout} ms`)
    }
    await sleep(POLL_MS)
  }
}

async function stopChild(child: ChildProcess, exited: Promise<ProcessExit>, grace: number): Promise<void> {
  if (isOver(child)) return
  if (grace > 0) {
    // Reaches it inside a sandbox too, where signals would end at the door.
    child.stdin?.end()
    if (await Promise.race([exited.then(() => true), sleep(grace, false, { ref: false })])) return
  }
  child.kill('SIGKILL')
  await exited
}

/** Everything it printed has been read; what it printed last may come after its end. */
async function outputEnds(child: ChildProcess): Promise<void> {
  const open = [child.stdout, child.stderr].filter((stream) => stream && !stream.readableEnded)
  await Promise.all(open.map((stream) => stream && finished(stream).catch(() => undefined)))
}
