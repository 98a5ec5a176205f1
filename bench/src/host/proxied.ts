import autocannon from 'autocannon'
import { type Comparison, compareTimes } from '../harness/comparison.js'
import { PREFIX } from '../routes/route-work.js'
import { startServer } from '../routes/start-server.js'
import type { BenchPlatform } from './bench-platform.js'
import { socketOf } from './footprint.js'

const CONNECTIONS = 16
const ROUNDS = 5
const SECONDS = 1
/** A server answers fast only after its code was compiled, and each of these has another amount of it. */
const WARM_UP_SECONDS = 3
/** How often the load generator looks whether it is over, in milliseconds. */
const SAMPLE = 50
const PROXIED = 'through the host'
const DIRECT = 'the same plugin, its socket'

interface Target {
  name: string
  isOurs?: boolean
  path: string
  url: string
  socketPath?: string
  key?: boolean
}

/** One route of a plugin through the host, and without it. */
export async function compareProxied(platform: BenchPlatform, plugin: string): Promise<Comparison> {
  const socketPath = await socketOf(platform, plugin)
  const hono = await startServer('hono', 'hono')
  const proxy = await startServer('proxy', 'proxy', socketPath)
  const { url } = platform.server
  const targets: Target[] = [
    { name: PROXIED, isOurs: true, url, path: `/plugins/${plugin}/ping` },
    { name: 'through the host, with a key', url, path: `/plugins/${plugin}/ping-with-key`, key: true },
    {
      name: DIRECT,
      url: 'http://localhost',
      socketPath,
      path: `/plugins/${plugin}/ping`,
    },
    {
      name: 'a bare proxy of node:http and undici',
      url: proxy.url.slice(0, -PREFIX.length),
      path: `/plugins/${plugin}/ping`,
    },
    { name: 'bare Hono, TCP', url: hono.url, path: '/ping' },
  ]
  try {
    const measured = targets.map(({ name, isOurs = false }) => ({ name, isOurs, times: [] as number[] }))
    for (const target of targets) await nanosecondsPerRequest(platform, target, WARM_UP_SECONDS)
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, target] of targets.entries())
        measured[index]?.times.push(await nanosecondsPerRequest(platform, target, SECONDS))
    }
    return compareTimes(`A plugin's route, ${CONNECTIONS} connections`, measured, [
      { ours: PROXIED, theirs: DIRECT, atLeast: 1 / 3 },
    ])
  } finally {
    await hono.stop()
    await proxy.stop()
  }
}

/** The load comes from a thread of its own: the server runs in this one. */
async function nanosecondsPerRequest(
  platform: BenchPlatform,
  target: Target,
  seconds: number,
): Promise<number> {
  const { name, url, path, socketPath, key } = target
  const result = await autocannon({
    url: url + path,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: SAMPLE,
    workers: 1,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(key ? { headers: { authorization: `Bearer ${platform.server.adminKey.key}` } } : {}),
  })
  const failed = result.non2xx + result.errors
  if (failed > 0) throw new Error(`${name}: ${failed} of ${result.requests.sent} requests failed`)
  const milliseconds = result.finish.getTime() - result.start.getTime()
  return (milliseconds * 1e6) / result['2xx']
}
