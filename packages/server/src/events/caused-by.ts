import { CAUSED_BY_HEADER } from '@ops-center/plugin-sdk/protocol'
import type { MiddlewareHandler } from 'hono'
import { validate as isUuid } from 'uuid'
import type { Database } from '../database/client.js'
import type { AppEnv } from '../http/app-env.js'

/** Learns from a plugin's request which event made it, and how long that chain already is. */
export function causedByMiddleware({ kysely }: Database): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const event_id = c.req.header(CAUSED_BY_HEADER)
    const { plugin_id, organization_id } = c.var.principal
    if (plugin_id !== undefined && event_id !== undefined && isUuid(event_id)) {
      const cause = await kysely
        .selectFrom('events')
        .select('caused_by')
        .where('event_id', '=', event_id)
        .where('organization_id', '=', organization_id)
        .executeTakeFirst()
      if (cause) c.set('causedBy', { event_id, plugin_id, depth: (cause.caused_by?.depth ?? 0) + 1 })
    }
    await next()
  }
}
