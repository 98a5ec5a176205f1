import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { json, problems, secured } from '../../http/route-parts.js'
import type { FilterRecords } from '../filters/filter-records.js'
import type { Installations } from '../installations/installations.js'
import { pluginParams } from './plugin-params.js'

const filterSchema = z
  .object({
    filter: z.string(),
    handler: z.string(),
    priority: z.number(),
    asked: z.int(),
    skipped: z.int(),
    last_skipped_at: z.string().nullable(),
    last_error: z.string().nullable(),
  })
  .openapi('PluginFilter')

const filters = createRoute({
  method: 'get',
  path: '/plugins/{id}/filters',
  tags: ['installations'],
  summary: 'List the filters of an installed plugin: how often each was asked, how often skipped, and why',
  ...secured('plugins:read'),
  request: { params: pluginParams },
  responses: {
    200: json('In the order they are asked', z.object({ filters: z.array(filterSchema) })),
    ...problems(404),
  },
})

export interface PluginFilterServices {
  installations: Pick<Installations, 'get'>
  records: FilterRecords
}

/** `GET /plugins/{id}/filters`, for the operator. */
export function pluginFilterRoutes({ installations, records }: PluginFilterServices) {
  return (router: ApiRouter): void => {
    router.openapi(filters, async (c) => {
      const { id } = c.req.valid('param')
      const installation = await installations.get(c.var.principal.organization_id, id)
      const known = await records.list(installation.id)
      const list = installation.registrations.filters
        .toSorted((left, right) => left.priority - right.priority)
        .map(({ filter, handler, priority }) => {
          const record = known.find((one) => one.filter === filter && one.handler === handler)
          return {
            filter,
            handler,
            priority,
            asked: record?.asked ?? 0,
            skipped: record?.skipped ?? 0,
            last_skipped_at: record?.last_skipped_at?.toISOString() ?? null,
            last_error: record?.last_error ?? null,
          }
        })
      return c.json({ filters: list }, 200)
    })
  }
}
