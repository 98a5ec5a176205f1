import { workerData } from 'node:worker_threads'

/*
 * A worker thread that keeps one core busy until a given time.
 */

const until = Number(workerData)
let sum = 0
while (Date.now() < until) {
  for (let index = 0; index < 100_000; index++) sum += Math.sqrt(index)
}
// The result is used, so that no compiler leaves the work out.
process.exitCode = Number.isNaN(sum) ? 1 : 0
