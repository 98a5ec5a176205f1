import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Database } from '../../database/client.js'
import type { AppEnv } from '../../http/app-env.js'
import { isJsonRequest } from '../../http/json-body.js'
import { isJsonObject } from '../../http/json-object.js'
import { storable } from '../../http/storable.js'
import { insertAuditEntry } from './audit-repository.js'

const READING = ['GET', 'HEAD', 'OPTIONS']
const BASE = '/api/v1'
/** What flows all day long is no change: readings, and what plugins keep and plan for themselves. */
const FLOWING = /^(\/devices\/\{id\}\/metrics|\/metrics|\/plugins\/\{id\}\/(storage|schedule|events)(\/.*)?)$/
const MAX_FIELDS = 50

/** Writes down every change that was made, by whichever route: who, what, when, and which fields, but no values. */
export function auditTrail({ kysely }: Pick<Database, 'kysely'>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next()
    const { method } = c.req
    if (READING.includes(method) || c.res.status >= 400 || c.res.headers.has('idempotent-replayed')) return
    const route = routeOf(c)
    if (FLOWING.test(route)) return
    const { kind, id, label, organization_id } = c.var.principal
    try {
      await insertAuditEntry(kysely, {
        organization_id,
        principal_kind: kind,
        principal_id: id,
        principal: label,
        action: `${method} ${route}`,
        path: storable(c.req.path),
        fields: await fieldsOf(c),
        status: c.res.status,
        request_id: c.var.requestId,
      })
    } catch (err) {
      // The change is made: answering with an error would have it made again.
      c.var.logger.error(
        { err, action: `${method} ${route}` },
        'A change could not be written to the audit log',
      )
    }
  }
}

/** The path as the API's description has it: `/devices/{id}`. */
function routeOf(c: Context<AppEnv>): string {
  const { path = c.req.path } = matchedRoutes(c).findLast(({ method }) => method === c.req.method) ?? {}
  return path.replace(BASE, '').replace(/:([^/{]+)(\{[^/]*\})?/g, '{$1}')
}

async function fieldsOf(c: Context<AppEnv>): Promise<string[]> {
  if (!isJsonRequest(c)) return []
  const body: unknown = await c.req.json()
  const names = isJsonObject(body) ? Object.keys(body) : []
  return names.slice(0, MAX_FIELDS).map((name) => storable(name.slice(0, 128)))
}
