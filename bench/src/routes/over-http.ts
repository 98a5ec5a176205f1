import autocannon from 'autocannon'
import { type Comparison, compareTimes } from '../harness/comparison.js'
import { type RouteCase, routeCases } from './route-work.js'
import { type BenchServer, startServer } from './start-server.js'

const CONNECTIONS = 16
const ROUNDS = 25
const SECONDS = 0.3
/** How often the load generator looks whether it is over, in milliseconds. */
const SAMPLE = 50

/** The same requests over real connections that are kept open, to each server in a process of its own. */
export async function compareOverHttp(): Promise<Comparison[]> {
  const servers = [
    await startServer('SDK createApp', 'sdk'),
    await startServer('hono', 'hono'),
    await startServer('fastify', 'fastify'),
    await startServer('express', 'express'),
  ]
  try {
    const comparisons: Comparison[] = []
    for (const routeCase of routeCases) comparisons.push(await compareServers(servers, routeCase))
    return comparisons
  } finally {
    for (const server of servers) await server.stop()
  }
}

async function compareServers(servers: readonly BenchServer[], routeCase: RouteCase): Promise<Comparison> {
  const measured = servers.map(({ name }) => ({
    name,
    isOurs: name === 'SDK createApp',
    times: [] as number[],
  }))
  // The first round warms the servers up and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (let turn = 0; turn < servers.length; turn += 1) {
      const index = (round + turn) % servers.length
      const server = servers[index]
      if (!server) continue
      const time = await nanosecondsPerRequest(server, routeCase)
      if (round > 0) measured[index]?.times.push(time)
    }
  }
  return compareTimes(`Over HTTP, ${CONNECTIONS} connections: ${routeCase.title}`, measured, [
    { ours: 'SDK createApp', theirs: 'hono', atLeast: 0.9 },
  ])
}

async function nanosecondsPerRequest(
  { name, url }: BenchServer,
  { method, path, body }: RouteCase,
): Promise<number> {
  const result = await autocannon({
    url: url + path,
    method,
    connections: CONNECTIONS,
    duration: SECONDS,
    sampleInt: SAMPLE,
    ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
  })
  const failed = result.non2xx + result.errors
  if (failed > 0) throw new Error(`${name} failed ${failed} of ${result.requests.sent} requests`)
  const milliseconds = result.finish.getTime() - result.start.getTime()
  return (milliseconds * 1e6) / result['2xx']
}
