import { createRoute } from '@hono/zod-openapi'
import type { Database } from '../../database/client.js'
import type { ApiRouter } from '../../http/create-http-app.js'
import { paginationOf } from '../../http/pagination.js'
import { json, problems, secured } from '../../http/route-parts.js'
import { listAuditEntries } from './audit-repository.js'
import { auditListSchema, auditQuery } from './schema.js'

const list = createRoute({
  method: 'get',
  path: '/audit-log',
  tags: ['audit-log'],
  summary: 'List who changed what, newest first',
  ...secured('audit:read'),
  request: { query: auditQuery },
  responses: { 200: json('The changes', auditListSchema), ...problems(422) },
})

/** `/audit-log`. */
export function auditRoutes({ database: { kysely } }: { database: Pick<Database, 'kysely'> }) {
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { entries, totalCount } = await listAuditEntries(kysely, c.var.principal.organization_id, query)
      return c.json({ entries, pagination: paginationOf(query, totalCount) }, 200)
    })
  }
}
