import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { vi } from 'vitest'

const START = fileURLToPath(new URL('../bin/start.js', import.meta.url))
const WAIT = { timeout: 60_000, interval: 50 }

/** `npm start` as a child process without a terminal. */
export interface StartedSession {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>
  /** Waits until everything runs. */
  ready(): Promise<{ url: string; key: string }>
  /** Process ids of everything that it started, and that those started. */
  descendants(): Promise<number[]>
}

export function startSession(dataDir: string, env: Record<string, string> = {}): StartedSession {
  const settings = {
    OPS_CENTER_PORT: '0',
    OPS_CENTER_DATA_DIR: dataDir,
    OPS_CENTER_ADMIN_KEY: '',
    DATABASE_URL: '',
  }
  const args = [START, '--no-build', '--interval', '100', '--status-every', '500']
  const child = spawn(process.execPath, args, {
    env: { ...process.env, FORCE_COLOR: '1', ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return {
    child,
    stdout,
    stderr,
    exited,
    async ready() {
      const url = await vi.waitFor(() => {
        const [, found] = /Started Ops-Center at (\S+).*\nReady\n/s.exec(stdout()) ?? []
        if (found === undefined) throw new Error(`Not ready:\n${stdout()}${stderr()}`)
        return found
      }, WAIT)
      return { url, key: (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim() }
    },
    descendants: () => descendantsOf(child.pid ?? -1),
  }
}

/** Whether a process still exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What the plugin has counted. */
export async function countedReadings({ url, key }: { url: string; key: string }): Promise<number> {
  const headers = { authorization: `Bearer ${key}` }
  const response = await fetch(`${url}/plugins/device-anomaly-detector/stats`, { headers })
  if (!response.ok) throw new Error(`GET /stats answered ${response.status}`)
  const stats: unknown = await response.json()
  if (typeof stats === 'object' && stats !== null && 'readings' in stats) return Number(stats.readings)
  throw new Error('GET /stats has no readings')
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}

async function descendantsOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const below = (parent: number): number[] =>
    pairs.flatMap(([id = -1, of]) => (of === parent ? [id, ...below(id)] : []))
  return below(pid)
}
