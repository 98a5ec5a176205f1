import { createRoute, z } from '@hono/zod-openapi'
import type { Database } from '../database/client.js'
import type { ApiRouter } from '../http/create-http-app.js'
import { optionalTextField, textField } from '../http/fields.js'
import { offsetOf, pageQuery, pageSchema, paginationOf } from '../http/pagination.js'
import { json, jsonBody, problems, secured } from '../http/route-parts.js'
import type { Jobs } from '../jobs/jobs.js'
import { MAX_REPLAYED_LETTERS, replayDeadLetters } from './replay-dead-letters.js'

const tags = ['events']

const deadLetterSchema = z
  .object({
    id: z.string(),
    plugin_id: z.string(),
    event_id: z.string(),
    event: z.string(),
    payload: z.record(z.string(), z.unknown()),
    handlers: z.array(z.string()),
    error: z.string(),
    attempts: z.int(),
    created_at: z.string(),
    replayed_at: z.string().nullable(),
  })
  .openapi('DeadLetter')

const list = createRoute({
  method: 'get',
  path: '/events/dead-letters',
  tags,
  summary: 'List deliveries that failed for good, newest first',
  ...secured('events:read'),
  request: { query: z.object({ ...pageQuery(100), plugin_id: optionalTextField(128).optional() }) },
  responses: {
    200: json('The dead letters', pageSchema('dead_letters', deadLetterSchema)),
    ...problems(422),
  },
})

const replay = createRoute({
  method: 'post',
  path: '/events/dead-letters/{id}/replay',
  tags,
  summary: 'Deliver a dead letter again, to the handlers that failed',
  ...secured('events:write'),
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    202: json('Queued', z.object({ status: z.literal('queued'), id: z.string() })),
    ...problems(404),
  },
})

const time = z.iso.datetime({ offset: true }).optional()

const replayMany = createRoute({
  method: 'post',
  path: '/events/dead-letters/replay',
  tags,
  summary: `Deliver dead letters again: those named, or those selected that were not replayed yet (${MAX_REPLAYED_LETTERS} at a time, the oldest first)`,
  ...secured('events:write'),
  request: {
    body: jsonBody(
      z
        .strictObject({
          ids: z.array(z.uuid()).min(1).max(MAX_REPLAYED_LETTERS).optional(),
          plugin_id: textField(128).optional(),
          event: textField(128).optional(),
          since: time,
          until: time,
        })
        .refine(
          (body) =>
            Object.keys(body).length > 0 && (body.ids === undefined || Object.keys(body).length === 1),
          'expected either ids, or at least one of plugin_id, event, since and until',
        ),
    ),
  },
  responses: {
    202: json(
      'Queued; call again while something remains',
      z.object({ status: z.literal('queued'), count: z.int(), remaining: z.int() }),
    ),
    ...problems(404, 409, 413, 415, 422),
  },
})

/** `/events/dead-letters` */
export function deadLetterRoutes({ kysely }: Database, jobs: Jobs) {
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const matching = kysely
        .selectFrom('dead_letters')
        .innerJoin('events', (join) =>
          join
            .onRef('events.event_id', '=', 'dead_letters.event_id')
            .onRef('events.organization_id', '=', 'dead_letters.organization_id'),
        )
        .where('dead_letters.organization_id', '=', c.var.principal.organization_id)
        .$if(query.plugin_id !== undefined, (select) => select.where('plugin_id', '=', query.plugin_id ?? ''))
      const { total } = await matching
        .select(({ fn }) => fn.countAll<string>().as('total'))
        .executeTakeFirstOrThrow()
      const rows = await matching
        .select([
          'id',
          'plugin_id',
          'dead_letters.event_id',
          'event',
          'events.payload',
          'handlers',
          'error',
          'attempts',
          'created_at',
          'replayed_at',
        ])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(query.page_size)
        .offset(offsetOf(query))
        .execute()
      const dead_letters = rows.map((row) => ({
        ...row,
        created_at: row.created_at.toISOString(),
        replayed_at: row.replayed_at?.toISOString() ?? null,
      }))
      return c.json({ dead_letters, pagination: paginationOf(query, Number(total)) }, 200)
    })
    router.openapi(replay, async (c) => {
      const { id } = c.req.valid('param')
      const { organization_id } = c.var.principal
      await kysely
        .transaction()
        .execute((trx) => replayDeadLetters(trx, jobs, { organization_id, ids: [id] }))
      return c.json({ status: 'queued' as const, id }, 202)
    })
    router.openapi(replayMany, async (c) => {
      const { since, until, ...selection } = c.req.valid('json')
      const { organization_id } = c.var.principal
      const answer = await kysely.transaction().execute(async (trx) => {
        const { count, remaining } = await replayDeadLetters(trx, jobs, {
          ...selection,
          organization_id,
          since: since === undefined ? undefined : new Date(since),
          until: until === undefined ? undefined : new Date(until),
        })
        const body = { status: 'queued' as const, count, remaining }
        await c.var.repeatGuard.record(trx, { status: 202, location: '/api/v1/events/dead-letters', body })
        return body
      })
      return c.json(answer, 202, { location: '/api/v1/events/dead-letters' })
    })
  }
}
