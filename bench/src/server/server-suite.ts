import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from '@ops-center/server'
import { type Comparison, compare } from '../harness/comparison.js'
import type { Contender } from '../harness/contender.js'
import { createBareApp } from './bare-app.js'
import { startPostgres } from './start-postgres.js'

const ROUNDS = { rounds: 7, turn: 200 }
/** Requests that are under way at the same time; a time is that of one of them. */
const AT_ONCE = 8
const BATCH = 100
const KEY = 'the-key-of-the-bench'
const OURS = 'Ops-Center'

interface FetchApp {
  fetch(request: Request): Response | Promise<Response>
}

interface Ask {
  method: 'GET' | 'POST'
  path: string
  json?: unknown
  status: number
}

/** What the platform costs beside the least that would answer the same, on both databases. */
export async function serverSuite(): Promise<Comparison[]> {
  const onPglite = await measure('PGlite', undefined)
  const postgres = await startPostgres()
  if (!postgres) return onPglite
  try {
    return [...onPglite, ...(await measure('PostgreSQL', postgres.url))]
  } finally {
    await postgres.stop()
  }
}

async function measure(engine: string, databaseUrl: string | undefined): Promise<Comparison[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ops-center-bench-'))
  const options = { port: 0, dataDir, databaseUrl, adminKey: KEY, rateLimit: 0 }
  const server = await createServer({ ...options, logLevel: 'silent' })
  try {
    return await compareRequests(engine, server)
  } finally {
    await server.close()
    await rm(dataDir, { recursive: true })
  }
}

async function compareRequests(engine: string, { app, database }: Server): Promise<Comparison[]> {
  const device = { id: 'd', name: 'Pump 7', type: 'pump', metadata: { site: 'north' } }
  await request(app, { method: 'POST', path: '/api/v1/devices', json: device, status: 201 })
  const bare = createBareApp(database.executeSql)
  const metrics = { cpu: 41.5, memory: 63, disk: 70, load: 0.4 }
  const read: Ask = { method: 'GET', path: '/api/v1/devices/d', status: 200 }
  const single: Ask = { method: 'POST', path: '/api/v1/devices/d/metrics', json: metrics, status: 201 }
  const readings = Array.from({ length: BATCH }, () => ({ device_id: 'd', metrics }))
  const batch: Ask = { method: 'POST', path: '/api/v1/metrics', json: readings, status: 201 }
  const both = (title: string, ask: Ask) =>
    compare(
      {
        title: `${engine}: ${title}, ${AT_ONCE} at once`,
        contenders: [
          { ...contender(OURS, app, ask), isOurs: true },
          contender('bare Hono and SQL', bare, ask),
        ],
      },
      ROUNDS,
    )
  return [
    await both('read a device', read),
    await both('record one reading', single),
    await both(`record ${BATCH} readings in one request`, batch),
    await compare(layers(engine, app, read, single), ROUNDS),
  ]
}

/** Requests that each get one layer further than the one before; the differences are what the layers cost. */
function layers(engine: string, app: FetchApp, read: Ask, single: Ask) {
  const post: Ask = { ...single, status: 422 }
  const asks: [string, Ask][] = [
    ['routing, request id, metrics of the server', { method: 'GET', path: '/health', status: 200 }],
    ['+ key (one query)', { method: 'GET', path: '/api/v1/nothing', status: 404 }],
    ['+ permission, validation, one row (read)', read],
    ['key, body, validation (refused with 422)', { ...post, json: {} }],
    [
      '+ filters, transaction (unknown device)',
      { ...post, path: '/api/v1/devices/none/metrics', status: 404 },
    ],
    ['+ row, event, jobs (recorded)', single],
  ]
  return {
    title: `${engine}: what each layer costs, ${AT_ONCE} requests at once`,
    contenders: asks.map(([name, ask]) => contender(name, app, ask)),
  }
}

function contender(name: string, app: FetchApp, ask: Ask): Contender {
  let running: Promise<void>[] = []
  return {
    name,
    // Every call starts one request; the slowest of a round is waited for with the last of it.
    run: async () => {
      if (running.length < AT_ONCE - 1) {
        running.push(request(app, ask))
        return
      }
      const others = running
      running = []
      await Promise.all([...others, request(app, ask)])
    },
  }
}

async function request(app: FetchApp, { method, path, json, status }: Ask): Promise<void> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
  const init = json === undefined ? { method, headers } : { method, headers, body: JSON.stringify(json) }
  const response = await app.fetch(new Request(`http://localhost${path}`, init))
  const text = await response.text()
  if (response.status !== status) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
}
