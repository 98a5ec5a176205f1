import { Gauge } from 'prom-client'
import { z } from 'zod'
import type { Database } from '../../database/client.js'
import type { ServerMetrics } from '../../http/server-metrics.js'

const rowsSchema = z.array(
  z.object({
    kind: z.string(),
    plugin: z.string().nullable(),
    organization: z.string().nullable(),
    count: z.coerce.number(),
  }),
)

/** A queue's name is its kind alone, or `{kind}-{id of the installation}`; a job may stand for several events. */
const WAITING = `
  with waiting as (
    select name, sum(coalesce(jsonb_array_length(data -> 'events'), 1)) as count from pgboss.job
    where state < 'completed' and name not like '\\_\\_pgboss%' group by name
  )
  select split_part(name, '-', 1) as kind, plugin_id as plugin, organization_id as organization, count
  from waiting left join installations on installations.id = substr(name, strpos(name, '-') + 1)`

/** What waits in queues, by kind and by plugin: one question to the database each time the metrics are read. */
export function measureQueues(metrics: ServerMetrics, { executeSql }: Pick<Database, 'executeSql'>): void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `ops_center_${name}`, help, labelNames, registers: [metrics.guarded] })
  const waiting = gauge(
    'jobs_waiting',
    'Jobs in queues, by kind: deliveries and tasks of plugins, webhooks',
    'queue',
  )
  const ofPlugins = gauge(
    'plugin_queue_length',
    'Events (deliveries) and runs of tasks (tasks) that wait for a plugin, on all nodes together',
    'plugin',
    'organization',
    'queue',
  )
  metrics.beforeRead(async () => {
    const rows = rowsSchema.parse((await executeSql(WAITING)).rows)
    waiting.reset()
    ofPlugins.reset()
    for (const { kind: queue, plugin, organization, count } of rows) {
      waiting.inc({ queue }, count)
      if (plugin !== null && organization !== null) ofPlugins.set({ plugin, organization, queue }, count)
    }
  })
}
