import { spawn } from 'node:child_process'
import { constants, cpus, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { OpsError } from '@ops-center/plugin-sdk'

/** How long an anomaly lasts; by default the detector wants five unusual readings in a row, of one a second. */
export const ANOMALY_MS = 20_000

/**
 * Threads that keep every core busy, and enough more to move the load average within 20 seconds where the cores are
 * busy already.
 */
export function anomalyThreads(cores = cpus().length): number {
  return Math.min(Math.max(4 * cores, 48), 1_024)
}

/**
 * Makes real load with so many threads for so many milliseconds, or until the signal aborts. It yields to every other
 * program: the machine stays usable, and so does Ops-Center.
 */
export function loadMachine(threads: number, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./burn.js', import.meta.url)), String(ms)],
      {
        env: { ...process.env, UV_THREADPOOL_SIZE: String(threads) },
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    )
    const kill = () => child.kill('SIGKILL')
    signal?.addEventListener('abort', kill)
    child.once('error', reject)
    child.once('close', (code) => {
      signal?.removeEventListener('abort', kill)
      if (code === 0 || signal?.aborted) resolve()
      else
        reject(new OpsError('anomaly_failed', `The load could not be made: it ended with exit code ${code}`))
    })
    if (signal?.aborted) kill()
    // Threads take over the priority of the one that starts them, and the child has only just begun to.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  })
}
