import { createRoute, z } from '@hono/zod-openapi'
import { isEventName, resourceOfEvent } from '@ops-center/plugin-sdk/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/client.js'
import type { EventPublisher } from '../../events/event-publisher.js'
import type { ApiRouter } from '../../http/create-http-app.js'
import { HttpProblem } from '../../http/http-problem.js'
import { jsonObject } from '../../http/json-object.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import { ownInstallation } from './own-installation.js'
import { pluginParams } from './plugin-params.js'

const publish = createRoute({
  method: 'post',
  path: '/plugins/{id}/events',
  tags: ['plugin data'],
  summary: "Publish an event of the plugin's own",
  // Every plugin may speak; what it may say is checked below.
  ...secured('storage:write'),
  request: {
    params: pluginParams,
    body: jsonBody(
      z.object({
        event: z
          .string()
          .refine(isEventName, 'expected words joined by dots, such as "prediction.completed"'),
        payload: jsonObject,
        event_id: z.uuid().optional(),
      }),
    ),
  },
  responses: {
    202: json('Accepted', z.object({ event_id: z.string() })),
    ...problems(404, 409, 413, 415, 422),
  },
})

/** `POST /plugins/{id}/events`, for the plugin itself. */
export function pluginEventRoutes(database: Database, events: EventPublisher) {
  return (router: ApiRouter): void => {
    router.openapi(publish, async (c) => {
      const { id } = c.req.valid('param')
      ownInstallation(c.var.principal, id)
      const { event, payload, event_id = uuidv7() } = c.req.valid('json')
      const resource = resourceOfEvent(event)
      if (resource) {
        throw new HttpProblem(
          403,
          `A plugin cannot publish ${event}: names that begin with "${resource}." belong to the platform`,
        )
      }
      const { organization_id } = c.var.principal
      await database.kysely.transaction().execute((trx) =>
        events.publish(trx, {
          organization_id,
          name: event,
          payload,
          caused_by: c.var.causedBy,
          event_id,
          except_plugin: id,
        }),
      )
      return c.json({ event_id }, 202)
    })
  }
}
