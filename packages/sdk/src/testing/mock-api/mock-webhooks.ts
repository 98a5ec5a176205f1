import { Hono } from 'hono'
import { z } from 'zod'
import type { Delivery, Webhook } from '../../api/webhooks.js'
import { WEBHOOK_STATUSES } from '../../resource-schemas.js'
import { isEventPattern } from '../../vocabulary.js'
import { changesOf } from './changes-of.js'
import { createdAnswer, listAnswer } from './list-answer.js'
import { findItem, type MockContext, newId, requireMockPermission } from './mock-context.js'
import { idField, pageQuery, readBody, readQuery } from './read-request.js'

const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const
const eventsField = z
  .array(z.string().refine(isEventPattern, 'expected an event name, "device.*" or "*"'))
  .min(1)
const urlField = z.url({ protocol: /^https?$/ })
const changesSchema = z.object({
  url: urlField.optional(),
  events: eventsField.optional(),
  status: z.enum(WEBHOOK_STATUSES).optional(),
  secret: z.string().min(1).optional(),
})
const createSchema = changesSchema.extend({ id: idField.optional(), url: urlField, events: eventsField })
const listSchema = z.object({
  ...pageQuery(100),
  status: z.enum(WEBHOOK_STATUSES).optional(),
  event: z.string().optional(),
})
const deliveriesSchema = z.object({ ...pageQuery(100), status: z.enum(DELIVERY_STATUSES).optional() })

/** `/webhooks`. Nothing is sent anywhere: a test delivery counts as delivered. */
export function mockWebhooks(context: MockContext): Hono {
  const { store } = context
  const app = new Hono()

  app.get('/', (c) => {
    requireMockPermission(context, 'webhooks:read')
    const query = readQuery(c, listSchema)
    const webhooks = [...store.webhooks.values()].filter(
      ({ status, events }) =>
        (query.status === undefined || status === query.status) &&
        (query.event === undefined || events.includes(query.event)),
    )
    return listAnswer(c, 'webhooks', webhooks, query)
  })

  app.post('/', async (c) => {
    requireMockPermission(context, 'webhooks:write')
    const { id: asked, secret = crypto.randomUUID(), ...body } = await readBody(c, createSchema)
    const webhook: Webhook = {
      id: newId(store.webhooks, 'webhook', asked),
      url: body.url,
      events: body.events,
      status: body.status ?? 'active',
      organization_id: context.organizationId,
      created_at: context.now(),
    }
    store.webhooks.set(webhook.id, webhook)
    await context.tell('webhook.created', { webhook_id: webhook.id, webhook_data: webhook })
    return createdAnswer(c, `/webhooks/${webhook.id}`, { ...webhook, secret })
  })

  app.get('/:id', (c) => {
    requireMockPermission(context, 'webhooks:read')
    return c.json(findItem(store.webhooks, 'webhook', c.req.param('id')))
  })

  app.patch('/:id', async (c) => {
    requireMockPermission(context, 'webhooks:write')
    const former = findItem(store.webhooks, 'webhook', c.req.param('id'))
    const { secret: _, ...changes } = changesOf(former, await readBody(c, changesSchema))
    const webhook: Webhook = { ...former, ...changes }
    store.webhooks.set(webhook.id, webhook)
    return c.json(webhook)
  })

  app.delete('/:id', async (c) => {
    requireMockPermission(context, 'webhooks:write')
    const webhook = findItem(store.webhooks, 'webhook', c.req.param('id'))
    store.webhooks.delete(webhook.id)
    await context.tell('webhook.deleted', { webhook_id: webhook.id, webhook_data: webhook })
    return c.json({ status: 'deleted', id: webhook.id })
  })

  app.get('/:id/deliveries', (c) => {
    requireMockPermission(context, 'webhooks:read')
    const { id } = findItem(store.webhooks, 'webhook', c.req.param('id'))
    const query = readQuery(c, deliveriesSchema)
    const deliveries = [...store.deliveries.values()].filter(
      ({ webhook_id, status }) =>
        webhook_id === id && (query.status === undefined || status === query.status),
    )
    return listAnswer(c, 'deliveries', deliveries, query)
  })

  app.post('/:id/test', (c) => {
    requireMockPermission(context, 'webhooks:write')
    const { id } = findItem(store.webhooks, 'webhook', c.req.param('id'))
    const now = context.now()
    const delivery: Delivery = {
      id: crypto.randomUUID(),
      webhook_id: id,
      event: 'webhook.test',
      status: 'delivered',
      attempts: 1,
      status_code: 200,
      error: null,
      created_at: now,
      delivered_at: now,
      next_attempt_at: null,
    }
    store.deliveries.set(delivery.id, delivery)
    return c.json(delivery)
  })

  return app
}
