import { createRoute, z } from '@hono/zod-openapi'
import { stream } from 'hono/streaming'
import type { StreamingApi } from 'hono/utils/stream'
import { requirePermission } from '../../auth/principal.js'
import type { WatchPrincipal } from '../../auth/principal-watch.js'
import type { Database } from '../../database/client.js'
import { countDeadLetters } from '../../events/replay-dead-letters.js'
import type { ApiRouter } from '../../http/create-http-app.js'
import { offsetOf, pageQuery, pageSchema, paginationOf } from '../../http/pagination.js'
import { json, problems, secured } from '../../http/route-parts.js'
import type { Jobs } from '../../jobs/jobs.js'
import { deliveryQueue, taskQueue } from '../installations/installation.js'
import type { Installations } from '../installations/installations.js'
import { pluginHealth } from '../observation/plugin-health.js'
import { LOG_LEVELS, type LogQuery, type PluginLogs } from '../observation/plugin-logs.js'
import type { PluginStorage } from '../plugin-storage.js'
import type { PluginRunner } from '../running/plugin-runner.js'
import type { PluginTasks } from '../tasks/plugin-tasks.js'
import { presentTask } from '../tasks/present-task.js'
import { pluginParams } from './plugin-params.js'
import { taskListSchema } from './task-schema.js'

const tags = ['installations']
const logLineSchema = z
  .object({
    id: z.string(),
    time: z.string(),
    level: z.enum(LOG_LEVELS),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()),
  })
  .openapi('PluginLogLine')

const deliverySchema = z
  .object({
    id: z.string(),
    event_id: z.string(),
    event: z.string(),
    status: z.enum(['delivered', 'retrying', 'dead', 'ignored']),
    attempt: z.int(),
    handlers: z.array(z.string()),
    failures: z.array(z.object({ handler: z.string(), error: z.string() })),
    duration_ms: z.number(),
    created_at: z.string(),
  })
  .openapi('PluginDelivery')

const healthSchema = z.looseObject({
  status: z.string(),
  plugin: z.string(),
  version: z.string(),
  enabled: z.boolean(),
  restarts: z.int().optional(),
  /** Resident memory (RSS) of the process, with what it shares with other processes. */
  memory_bytes: z.int().optional(),
  uptime_seconds: z.int().optional(),
  /** Events that wait to be delivered, those that wait for a retry among them. */
  deliveries_waiting: z.int(),
  /** Events that were given up, and not replayed since. */
  dead_letters: z.int(),
  /** Runs of tasks that wait, those whose moment is still to come among them. */
  tasks_waiting: z.int(),
  storage: z.object({ bytes: z.int(), keys: z.int(), max_bytes: z.int(), max_keys: z.int() }),
})

const health = createRoute({
  method: 'get',
  path: '/plugins/{id}/health',
  tags,
  summary: 'Ask an installed plugin for its health',
  ...secured('plugins:read'),
  request: { params: pluginParams },
  responses: {
    200: json('Healthy', healthSchema),
    ...problems(404),
    503: json('Not healthy, or not running', healthSchema),
  },
})

const logs = createRoute({
  method: 'get',
  path: '/plugins/{id}/logs',
  tags,
  summary: 'Read what an installed plugin wrote; with follow, as JSON lines that go on',
  ...secured('plugins:read'),
  request: {
    params: pluginParams,
    query: z.object({
      lines: z.coerce.number().int().min(1).max(10_000).default(100),
      level: z.enum(LOG_LEVELS).optional(),
      follow: z.stringbool().default(false).openapi({ type: 'boolean' }),
    }),
  },
  responses: {
    200: json('The lines, oldest first', z.object({ logs: z.array(logLineSchema) })),
    ...problems(404, 422),
  },
})

const tasks = createRoute({
  method: 'get',
  path: '/plugins/{id}/tasks',
  tags,
  summary: 'List the scheduled tasks of an installed plugin',
  ...secured('plugins:read'),
  request: { params: pluginParams },
  responses: { 200: json('The tasks', taskListSchema), ...problems(404) },
})

const deliveries = createRoute({
  method: 'get',
  path: '/plugins/{id}/deliveries',
  tags,
  summary: 'List the latest deliveries of an installed plugin, newest first',
  ...secured('plugins:read'),
  request: {
    params: pluginParams,
    query: z.object({ ...pageQuery(100), status: deliverySchema.shape.status.optional() }),
  },
  responses: { 200: json('The deliveries', pageSchema('deliveries', deliverySchema)), ...problems(404, 422) },
})

export interface ObservationServices {
  database: Database
  installations: Installations
  runnerOf: (installationId: string) => PluginRunner | undefined
  logs: PluginLogs
  tasks: PluginTasks
  jobs: Jobs
  storage: PluginStorage
  watchPrincipal: WatchPrincipal
}

const FOLLOW_MS = 500

/** Writes the latest lines, then each new one, until the reader goes away. */
async function followLogs(
  logs: PluginLogs,
  installationId: string,
  { lines, level }: Pick<LogQuery, 'lines' | 'level'>,
  output: StreamingApi,
): Promise<void> {
  let latest = await logs.read(installationId, { lines, level })
  let after = '0'
  while (!output.aborted && !output.closed) {
    after = latest.at(-1)?.id ?? after
    if (latest.length > 0) await output.write(latest.map((line) => `${JSON.stringify(line)}\n`).join(''))
    await output.sleep(FOLLOW_MS)
    latest = await logs.read(installationId, { lines: 1_000, level, after })
  }
}

/** What an operator looks at: health, logs, tasks and deliveries. */
export function observationRoutes(services: ObservationServices) {
  const { installations } = services
  return (router: ApiRouter): void => {
    router.openapi(health, async (c) => {
      const installation = await installations.get(c.var.principal.organization_id, c.req.valid('param').id)
      const report = await pluginHealth(installation, services.runnerOf(installation.id))
      const { quota } = services.storage
      const body = {
        ...report,
        deliveries_waiting: await services.jobs.size(deliveryQueue(installation.id)),
        dead_letters: await countDeadLetters(services.database.kysely, installation),
        tasks_waiting: await services.jobs.size(taskQueue(installation.id)),
        storage: {
          ...(await services.storage.usage(installation)),
          max_bytes: quota.bytes,
          max_keys: quota.keys,
        },
      }
      return c.json(body, report.status === 'healthy' ? 200 : 503)
    })
    router.get('/plugins/:id/logs', async (c, next) => {
      requirePermission(c.var.principal, 'plugins:read')
      const query = logs.request.query.safeParse(c.req.query())
      if (!query.success || !query.data.follow) return next()
      const installation = await installations.get(c.var.principal.organization_id, c.req.param('id'))
      c.header('content-type', 'application/x-ndjson')
      return stream(c, async (output) => {
        const unwatch = services.watchPrincipal(c.var.principal, () => void output.close())
        output.onAbort(unwatch)
        await followLogs(services.logs, installation.id, query.data, output).finally(unwatch)
      })
    })
    router.openapi(logs, async (c) => {
      const installation = await installations.get(c.var.principal.organization_id, c.req.valid('param').id)
      const { lines, level } = c.req.valid('query')
      const logs = await services.logs.read(installation.id, { lines, level })
      return c.json({ logs }, 200)
    })
    router.openapi(tasks, async (c) => {
      const installation = await installations.get(c.var.principal.organization_id, c.req.valid('param').id)
      return c.json({ tasks: (await services.tasks.list(installation.id)).map(presentTask) }, 200)
    })
    router.openapi(deliveries, async (c) => {
      const installation = await installations.get(c.var.principal.organization_id, c.req.valid('param').id)
      const query = c.req.valid('query')
      const matching = services.database.kysely
        .selectFrom('deliveries')
        .where('installation_id', '=', installation.id)
        .$if(query.status !== undefined, (select) => select.where('status', '=', query.status ?? 'delivered'))
      const { total } = await matching
        .select(({ fn }) => fn.countAll<string>().as('total'))
        .executeTakeFirstOrThrow()
      const rows = await matching
        .select([
          'id',
          'event_id',
          'event',
          'status',
          'attempt',
          'handlers',
          'failures',
          'duration_ms',
          'created_at',
        ])
        .orderBy('id', 'desc')
        .limit(query.page_size)
        .offset(offsetOf(query))
        .execute()
      const list = rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
      return c.json({ deliveries: list, pagination: paginationOf(query, Number(total)) }, 200)
    })
  }
}
