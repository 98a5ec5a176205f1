import { type Comparison, compare } from '../harness/comparison.js'
import { filtersJob } from './filters-job.js'

/** Passing a device through 1, 10 and 100 filters. */
export async function filtersSuite(): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const filters of [1, 10, 100]) {
    comparisons.push(await compare(filtersJob(filters), { rounds: 101, turn: 4 }))
  }
  return comparisons
}
