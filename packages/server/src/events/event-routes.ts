import { createRoute, z } from '@hono/zod-openapi'
import { isEventName } from '@ops-center/plugin-sdk/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/client.js'
import { deliveryQueue } from '../host/installation.js'
import type { ApiRouter } from '../http/create-http-app.js'
import { notFound } from '../http/http-problem.js'
import { jsonObject } from '../http/json-object.js'
import { offsetOf, pageQuery, pageSchema, paginationOf } from '../http/pagination.js'
import { json, jsonBody, problems, secured } from '../http/route-parts.js'
import type { Jobs } from '../jobs/jobs.js'
import type { EventPublisher } from './event-publisher.js'

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

const inject = createRoute({
  method: 'post',
  path: '/events',
  tags,
  summary: 'Publish an event by hand',
  ...secured('events:write'),
  request: {
    body: jsonBody(
      z.object({
        event: z.string().refine(isEventName, 'expected words joined by dots, such as "device.created"'),
        payload: jsonObject,
      }),
    ),
  },
  responses: { 202: json('Accepted', z.object({ event_id: z.string() })), ...problems(413, 415, 422) },
})

const list = createRoute({
  method: 'get',
  path: '/events/dead-letters',
  tags,
  summary: 'List deliveries that failed for good, newest first',
  ...secured('events:read'),
  request: { query: z.object({ ...pageQuery(100), plugin_id: z.string().max(128).optional() }) },
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

export interface EventRouteServices {
  database: Database
  events: EventPublisher
  jobs: Jobs
}

/** `/events` */
export function eventRoutes({ database: { kysely }, events, jobs }: EventRouteServices) {
  return (router: ApiRouter): void => {
    router.openapi(inject, async (c) => {
      const { event, payload } = c.req.valid('json')
      const event_id = uuidv7()
      const { organization_id } = c.var.principal
      await kysely
        .transaction()
        .execute((trx) =>
          events.publish(trx, { organization_id, name: event, payload, event_id, caused_by: c.var.causedBy }),
        )
      return c.json({ event_id }, 202)
    })
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const matching = kysely
        .selectFrom('dead_letters')
        .innerJoin('events', 'events.event_id', 'dead_letters.event_id')
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
      await kysely.transaction().execute(async (trx) => {
        const letter = await trx
          .updateTable('dead_letters')
          .set({ replayed_at: new Date() })
          .where('id', '=', id)
          .where('organization_id', '=', c.var.principal.organization_id)
          .returning(['installation_id', 'event_id', 'handlers'])
          .executeTakeFirst()
        if (!letter) throw notFound('dead letter', id)
        const { installation_id, event_id, handlers } = letter
        const data = handlers.length > 0 ? { handlers } : {}
        await jobs.insert(trx, [{ queue: deliveryQueue(installation_id), id: event_id, data }])
      })
      return c.json({ status: 'queued' as const, id }, 202)
    })
  }
}
