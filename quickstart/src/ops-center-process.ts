import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { OpsError } from '@ops-center/plugin-sdk'
import { SERVER_BINARY } from './workspace.js'

/** Lines of output kept to explain a failure. */
const KEPT_LINES = 40
/** Milliseconds for an orderly stop; what the server itself allows open requests, and some more. */
const STOP_TIMEOUT_MS = 20_000
/** What `ops-center start` prints once it can be used. */
const ANNOUNCEMENT = / is running at (\S+) \(docs: /

/** Ops-Center, running as a child process. */
export interface OpsCenterProcess {
  /** Without a slash at the end. */
  readonly url: string
  /** Resolves when the process is gone, with how it went and the last lines it printed. */
  readonly exited: Promise<OpsCenterExit>
  /** Ends it in order and waits; after 20 seconds it is killed. */
  stop(): Promise<void>
}

export interface OpsCenterExit {
  /** Such as `exit code 1` or `signal SIGKILL`. */
  readonly how: string
  readonly lastLines: readonly string[]
}

/**
 * Starts the command `ops-center start` and waits until it can be used.
 *
 * @throws OpsError `ops_center_start_failed` with the server's own words; the signal's reason when it aborts.
 */
export async function startOpsCenter(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  binary = SERVER_BINARY,
): Promise<OpsCenterProcess> {
  signal.throwIfAborted()
  // In a process group of its own: a Ctrl-C reaches the quick start alone, which then stops things in order.
  const child = spawn(process.execPath, [binary, 'start'], {
    env,
    detached: true,
    // By the channel it notices when the quick start was killed.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const killWithUs = () => child.kill('SIGTERM')
  process.once('exit', killWithUs)
  const lastLines: string[] = []
  const exited = new Promise<OpsCenterExit>((resolve) => {
    const end = (how: string) => {
      process.off('exit', killWithUs)
      resolve({ how, lastLines })
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, by) => end(by === null ? `exit code ${code}` : `signal ${by}`))
  })
  const stop = () => stopChild(child, exited)
  const announced = new Promise<string>((resolve) => {
    readLines(child, (line) => {
      const [, url] = ANNOUNCEMENT.exec(line) ?? []
      if (url !== undefined) resolve(url)
      else if (explains(line)) lastLines.push(line)
      if (lastLines.length > KEPT_LINES) lastLines.shift()
    })
  })
  try {
    const failed = exited.then((exit) => Promise.reject(startFailure(exit)))
    const url = await Promise.race([announced, failed, rejectOnAbort(signal)])
    return { url, exited, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Everything but the everyday, and but the key: what explains a failure may end up in anybody's log. */
function explains(line: string): boolean {
  return !line.startsWith('Admin key') && !/ - (DEBUG|INFO) - |"level":[123]0\b/.test(line)
}

function startFailure({ how, lastLines }: OpsCenterExit): OpsError {
  // What the server calls a known problem is one line that says it all.
  const words =
    lastLines.length > 0 ? lastLines.join('\n') : `Ops-Center did not start (${how}) and said nothing`
  return new OpsError('ops_center_start_failed', words)
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

async function stopChild(child: ChildProcess, exited: Promise<OpsCenterExit>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', onLine)
  }
}
