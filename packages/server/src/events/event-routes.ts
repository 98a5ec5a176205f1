import { createRoute, z } from '@hono/zod-openapi'
import { isEventName } from '@ops-center/plugin-sdk/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/client.js'
import type { ApiRouter } from '../http/create-http-app.js'
import { jsonObject } from '../http/json-object.js'
import { json, jsonBody, problems, secured } from '../http/route-parts.js'
import type { EventPublisher } from './event-publisher.js'

const tags = ['events']

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

export interface EventRouteServices {
  database: Database
  events: EventPublisher
}

/** `/events` */
export function eventRoutes({ database: { kysely }, events }: EventRouteServices) {
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
  }
}
