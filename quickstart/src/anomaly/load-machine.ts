import { once } from 'node:events'
import { cpus, setPriority } from 'node:os'
import { Worker } from 'node:worker_threads'

/** How long an anomaly lasts; the detector's default is five unusual readings in a row, one a second. */
export const ANOMALY_MS = 20_000

/** Yields to every other program: the machine stays usable, and so does Ops-Center. */
const LOW_PRIORITY = 10

/**
 * Threads that keep every core busy, and are enough to move the load average within 20 seconds even where the cores
 * are busy already.
 */
export function anomalyThreads(cores = cpus().length): number {
  return Math.max(2 * cores, 12)
}

/** Makes real load with so many threads for so many milliseconds. */
export async function loadMachine(threads: number, ms: number): Promise<void> {
  // Threads take over the priority of the thread that starts them.
  setPriority(LOW_PRIORITY)
  const until = Date.now() + ms
  const burn = new URL('./burn.js', import.meta.url)
  const workers = Array.from({ length: threads }, () => new Worker(burn, { workerData: until }))
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
}
