import { type Comparison, compare } from '../harness/comparison.js'
import { inProcessJob } from './in-process-job.js'
import { compareOverHttp } from './over-http.js'
import { routeCases } from './route-work.js'

/** Answering requests: in process beside Hono, and over HTTP beside Hono, Fastify and Express. */
export async function routesSuite(): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const routeCase of routeCases)
    comparisons.push(await compare(inProcessJob(routeCase), { rounds: 101, turn: 15 }))
  return [...comparisons, ...(await compareOverHttp())]
}
