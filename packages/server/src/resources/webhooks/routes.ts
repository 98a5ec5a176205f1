import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { paginationOf } from '../../http/pagination.js'
import { deletedSchema, json, jsonBody, problems, secured } from '../../http/route-parts.js'
import {
  type ChangeServices,
  createWebhook,
  patchWebhook,
  removeWebhook,
  rotateSecret,
} from './change-webhook.js'
import {
  createWebhookBody,
  rotateSecretBody,
  updateWebhookBody,
  webhookListQuery,
  webhookListSchema,
  webhookSchema,
  webhookWithSecretSchema,
} from './schema.js'
import { getWebhook, listWebhooks, webhookOf } from './webhook-repository.js'

const params = z.object({ id: idField })
const tags = ['webhooks']

const list = createRoute({
  method: 'get',
  path: '/webhooks',
  tags,
  summary: 'List webhooks, newest first',
  ...secured('webhooks:read'),
  request: { query: webhookListQuery },
  responses: { 200: json('The webhooks', webhookListSchema), ...problems(422) },
})

const create = createRoute({
  method: 'post',
  path: '/webhooks',
  tags,
  summary: 'Create a webhook',
  ...secured('webhooks:write'),
  request: { body: jsonBody(createWebhookBody) },
  responses: { 201: json('The new webhook', webhookWithSecretSchema), ...problems(409, 413, 415, 422) },
})

const read = createRoute({
  method: 'get',
  path: '/webhooks/{id}',
  tags,
  summary: 'Read a webhook',
  ...secured('webhooks:read'),
  request: { params },
  responses: { 200: json('The webhook', webhookSchema), ...problems(404) },
})

const update = createRoute({
  method: 'patch',
  path: '/webhooks/{id}',
  tags,
  summary: 'Change the given fields of a webhook',
  ...secured('webhooks:write'),
  request: { params, body: jsonBody(updateWebhookBody) },
  responses: { 200: json('The webhook', webhookSchema), ...problems(404, 413, 415, 422) },
})

const rotate = createRoute({
  method: 'post',
  path: '/webhooks/{id}/rotate-secret',
  tags,
  summary: 'Give a webhook another secret, beside which the former one signs for a while',
  ...secured('webhooks:write'),
  request: { params, body: { ...jsonBody(rotateSecretBody.nullable()), required: false } },
  responses: {
    200: json('The webhook with its new secret', webhookWithSecretSchema),
    ...problems(404, 413, 415, 422),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/webhooks/{id}',
  tags,
  summary: 'Delete a webhook and the history of its deliveries',
  ...secured('webhooks:write'),
  request: { params },
  responses: { 200: json('Deleted', deletedSchema), ...problems(404) },
})

/** `/webhooks`, without what was sent to them. */
export function webhookRoutes(services: ChangeServices) {
  const { kysely } = services.database
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { webhooks, totalCount } = await listWebhooks(kysely, c.var.principal.organization_id, query)
      return c.json({ webhooks, pagination: paginationOf(query, totalCount) }, 200)
    })
    router.openapi(create, async (c) => {
      const webhook = await createWebhook(services, c.var, c.req.valid('json'))
      c.header('location', `/api/v1/webhooks/${webhook.id}`)
      return c.json(webhook, 201)
    })
    router.openapi(read, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(webhookOf(await getWebhook(kysely, c.var.principal.organization_id, id)), 200)
    })
    router.openapi(update, async (c) =>
      c.json(await patchWebhook(services, c.var, c.req.valid('param').id, c.req.valid('json')), 200),
    )
    router.openapi(rotate, async (c) =>
      c.json(await rotateSecret(services, c.var, c.req.valid('param').id, c.req.valid('json') ?? {}), 200),
    )
    router.openapi(remove, async (c) => {
      const { id } = c.req.valid('param')
      await removeWebhook(services, c.var, id)
      return c.json({ status: 'deleted' as const, id }, 200)
    })
  }
}
