import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Database } from '../database/client.js'
import type { AppEnv } from './app-env.js'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What Prometheus reads of a server. Routes are counted by their pattern, so that strangers cannot make series. */
export interface ServerMetrics {
  /** Measures every request. */
  readonly measure: MiddlewareHandler<AppEnv>
  readonly contentType: string
  /** The text that `/metrics` answers. */
  text(): Promise<string>
}

/** @example createHttpApp({ ..., metrics: createServerMetrics(database) }) */
export function createServerMetrics(database: Pick<Database, 'executeSql'>): ServerMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'ops_center_http_request_duration_seconds',
    help: 'Time until the answer to a request began',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  })
  const running = new Gauge({
    name: 'ops_center_http_requests_running',
    help: 'Requests that have no answer yet',
    registers: [registry],
  })
  countRows(registry, database, {
    name: 'ops_center_jobs_waiting',
    help: 'Jobs in queues, by kind: deliveries and tasks of plugins, webhooks',
    label: 'queue',
    sql: `select split_part(name, '-', 1) as label, count(*)::int as count from pgboss.job
      where state < 'completed' and name not like '\\_\\_pgboss%' group by 1`,
  })
  countRows(registry, database, {
    name: 'ops_center_dead_letters',
    help: 'Deliveries to plugins that failed for good and were not replayed',
    label: 'plugin',
    sql: 'select plugin_id as label, count(*)::int as count from dead_letters where replayed_at is null group by 1',
  })
  countRows(registry, database, {
    name: 'ops_center_installations',
    help: 'Installed plugins by state',
    label: 'state',
    sql: 'select state as label, count(*)::int as count from installations group by 1',
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    async measure(c, next) {
      running.inc()
      const started = performance.now()
      try {
        await next()
      } finally {
        running.dec()
        const route = matchedRoutes(c).findLast(({ method }) => method === c.req.method)?.path ?? 'unknown'
        const labels = { method: c.req.method, route, status: String(c.res.status) }
        duration.observe(labels, (performance.now() - started) / 1_000)
      }
    },
  }
}

interface Counted {
  name: string
  help: string
  label: string
  /** Selects `label` and `count`. */
  sql: string
}

/** A gauge that asks the database when it is read. */
function countRows(
  registry: Registry,
  { executeSql }: Pick<Database, 'executeSql'>,
  { name, help, label, sql }: Counted,
): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const { rows } = await executeSql(sql)
      this.reset()
      for (const row of rows) {
        if (typeof row !== 'object' || row === null || !('label' in row) || !('count' in row)) continue
        this.set({ [label]: String(row.label) }, Number(row.count))
      }
    },
  })
}
