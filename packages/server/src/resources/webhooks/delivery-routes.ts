import { createRoute, z } from '@hono/zod-openapi'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../database/client.js'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { paginationOf } from '../../http/pagination.js'
import { json, problems, secured } from '../../http/route-parts.js'
import { type AttemptServices, attemptDelivery } from './delivery-attempt.js'
import { type DeliveryRow, deliveryOf, listDeliveries } from './delivery-repository.js'
import { deliveryListQuery, deliveryListSchema, webhookDeliverySchema } from './schema.js'
import { getWebhook, type WebhookRow } from './webhook-repository.js'

const params = z.object({ id: idField })
const tags = ['webhooks']

const list = createRoute({
  method: 'get',
  path: '/webhooks/{id}/deliveries',
  tags,
  summary: 'List what was sent to a webhook, newest first',
  ...secured('webhooks:read'),
  request: { params, query: deliveryListQuery },
  responses: { 200: json('The deliveries', deliveryListSchema), ...problems(404, 422) },
})

const test = createRoute({
  method: 'post',
  path: '/webhooks/{id}/test',
  tags,
  summary: 'Send the event webhook.test now, once, whether or not the webhook is active',
  ...secured('webhooks:write'),
  request: { params },
  responses: { 200: json('What became of it', webhookDeliverySchema), ...problems(404) },
})

/** `/webhooks/{id}/deliveries` and `/webhooks/{id}/test`. */
export function deliveryRoutes(services: AttemptServices & { database: Pick<Database, 'kysely'> }) {
  const { kysely } = services.database
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { id } = c.req.valid('param')
      const { organization_id } = c.var.principal
      await getWebhook(kysely, organization_id, id)
      const { deliveries, totalCount } = await listDeliveries(kysely, organization_id, id, query)
      return c.json({ deliveries, pagination: paginationOf(query, totalCount) }, 200)
    })
    router.openapi(test, async (c) => {
      const webhook = await getWebhook(kysely, c.var.principal.organization_id, c.req.valid('param').id)
      const delivery = await sendTest(services, webhook, c.req.raw.signal)
      await kysely.insertInto('webhook_deliveries').values(delivery).execute()
      return c.json(deliveryOf(delivery), 200)
    })
  }
}

async function sendTest(
  services: AttemptServices,
  webhook: WebhookRow,
  signal: AbortSignal,
): Promise<DeliveryRow> {
  const created_at = new Date()
  const unsent = { id: uuidv7(), event: 'webhook.test', body: null, attempts: 0 }
  const payload = { webhook_id: webhook.id, message: 'A test of this webhook' }
  const { number, body, error, statusCode } = await attemptDelivery(
    services,
    webhook,
    unsent,
    { payload, occurred_at: created_at, trace: null },
    signal,
  )
  return {
    ...unsent,
    organization_id: webhook.organization_id,
    webhook_id: webhook.id,
    event_id: null,
    body,
    status: error === null ? 'delivered' : 'failed',
    attempts: number,
    status_code: statusCode,
    error,
    created_at,
    delivered_at: error === null ? new Date() : null,
    next_attempt_at: null,
  }
}
