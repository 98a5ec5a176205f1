import { type Comparison, compare } from '../harness/comparison.js'
import { dispatchJob } from './dispatch-job.js'

/** Telling an event to 1, 10 and 100 handlers, one after the other. */
export async function dispatchSuite(): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const isAsync of [false, true]) {
    for (const handlers of [1, 10, 100]) {
      comparisons.push(await compare(dispatchJob(handlers, isAsync), { rounds: 101, turn: 4 }))
    }
  }
  return comparisons
}
