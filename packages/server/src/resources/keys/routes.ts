import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { paginationOf } from '../../http/pagination.js'
import { deletedSchema, json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { ResourceServices } from '../resource-services.js'
import { createKey } from './create-key.js'
import { listKeys, revokeKey } from './key-repository.js'
import { createdKeySchema, createKeyBody, keyListQuery, keyListSchema } from './schema.js'

const tags = ['api-keys']

const list = createRoute({
  method: 'get',
  path: '/api-keys',
  tags,
  summary: 'List API keys, without their secrets',
  ...secured('keys:read'),
  request: { query: keyListQuery },
  responses: { 200: json('The keys', keyListSchema), ...problems(422) },
})

const create = createRoute({
  method: 'post',
  path: '/api-keys',
  tags,
  summary: 'Create an API key',
  ...secured('keys:write'),
  request: { body: jsonBody(createKeyBody) },
  responses: { 201: json('The new key', createdKeySchema), ...problems(404, 413, 415, 422) },
})

const revoke = createRoute({
  method: 'delete',
  path: '/api-keys/{id}',
  tags,
  summary: 'Revoke an API key at once',
  ...secured('keys:write'),
  request: { params: z.object({ id: idField }) },
  responses: { 200: json('Revoked', deletedSchema), ...problems(404) },
})

/** `/api-keys`. */
export function keyRoutes(services: Pick<ResourceServices, 'database'>) {
  const { kysely } = services.database
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { keys, totalCount } = await listKeys(kysely, c.var.principal.organization_id, query)
      return c.json({ api_keys: keys, pagination: paginationOf(query, totalCount) }, 200)
    })
    router.openapi(create, async (c) => {
      const created = await createKey(services, c.var, c.req.valid('json'))
      c.header('location', `/api/v1/api-keys/${created.id}`)
      return c.json(created, 201)
    })
    router.openapi(revoke, async (c) => {
      const { id } = c.req.valid('param')
      await revokeKey(kysely, c.var.principal.organization_id, id)
      return c.json({ status: 'deleted' as const, id }, 200)
    })
  }
}
