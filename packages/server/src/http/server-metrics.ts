import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { z } from 'zod'
import type { Database } from '../database/client.js'
import { DurationHistogram } from '../metrics/duration-histogram.js'
import type { AppEnv } from './app-env.js'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const rowSchema = z.object({ count: z.number() }).catchall(z.string())

/** How a request is counted. */
export interface RequestLabels {
  method: string
  /** The pattern of its route, or `unknown`. */
  route: string
  status: string
}

/** What Prometheus reads of a server. Routes are counted by their pattern, so that strangers cannot make series. */
export interface ServerMetrics {
  /** Measures every request of the app. */
  readonly measure: MiddlewareHandler<AppEnv>
  /** Measures one request; to be called with what it was once its answer began. */
  start(): (labels: RequestLabels) => void
  readonly contentType: string
  /** Where other rooms add figures that name plugins or organizations: they are for who runs the server. */
  readonly guarded: Registry
  /** Runs before the guarded figures are read, for those that somebody has to be asked for. */
  beforeRead(collect: () => Promise<void>): void
  /** The text that `/metrics` answers: to everybody, and to who runs the server. */
  text(reader: 'anybody' | 'operator'): Promise<string>
}

/** @example createHttpApp({ ..., metrics: createServerMetrics(database) }) */
export function createServerMetrics(database: Pick<Database, 'executeSql'>): ServerMetrics {
  const registry = new Registry()
  const guarded = new Registry()
  const collectors: (() => Promise<void>)[] = []
  collectDefaultMetrics({ register: registry })
  const durations = new DurationHistogram({
    name: 'ops_center_http_request_duration_seconds',
    help: 'Time until the answer to a request began',
    labels: ['method', 'route', 'status'],
    buckets: SECONDS,
    registry,
  })
  let running = 0
  new Gauge({
    name: 'ops_center_http_requests_running',
    help: 'Requests that have no answer yet',
    registers: [registry],
    collect() {
      this.set(running)
    },
  })
  countRows(guarded, database, {
    name: 'ops_center_dead_letters',
    help: 'Deliveries to plugins that failed for good and were not replayed',
    labels: ['plugin', 'organization'],
    sql: `select plugin_id as plugin, organization_id as organization, count(*)::int as count
      from dead_letters where replayed_at is null group by 1, 2`,
  })
  countRows(registry, database, {
    name: 'ops_center_installations',
    help: 'Installed plugins by state',
    labels: ['state'],
    sql: 'select state, count(*)::int as count from installations group by 1',
  })
  const start = () => {
    running += 1
    const started = performance.now()
    return ({ method, route, status }: RequestLabels) => {
      running -= 1
      durations.series
        .within(
          method,
          route,
        )(status)
        .observe(performance.now() - started)
    }
  }
  return {
    start,
    contentType: registry.contentType,
    guarded,
    beforeRead: (collect) => collectors.push(collect),
    async text(reader) {
      if (reader === 'anybody') return registry.metrics()
      await Promise.all(collectors.map((collect) => collect()))
      return `${await registry.metrics()}\n${await guarded.metrics()}`
    },
    async measure(c, next) {
      const end = start()
      try {
        await next()
      } finally {
        const route = matchedRoutes(c).findLast(({ method }) => method === c.req.method)?.path ?? 'unknown'
        const status = c.env?.upgrade?.isTaken ? '101' : String(c.res.status)
        end({ method: c.req.method, route, status })
      }
    },
  }
}

interface Counted {
  name: string
  help: string
  labels: readonly string[]
  /** Selects the labels and `count`. */
  sql: string
}

/** A gauge that asks the database when it is read. */
function countRows(
  registry: Registry,
  { executeSql }: Pick<Database, 'executeSql'>,
  { name, help, labels, sql }: Counted,
): void {
  new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    async collect() {
      const { rows } = await executeSql(sql)
      this.reset()
      for (const row of rows) {
        const { count, ...labelled } = rowSchema.parse(row)
        this.set(labelled, count)
      }
    },
  })
}
