import { apiPath } from './api-path.js'
import type { ApiCallOptions } from './call-options.js'
import { iteratePages, type Page, type PageQuery } from './pagination.js'
import { createOptions, type Deleted, deleteResource, type ResourceRequest } from './resource-request.js'

/** Whether a webhook is called; the platform disables one that keeps failing. */
export type WebhookStatus = 'active' | 'disabled'

/** An address the platform calls when something happens; times are RFC 3339 in UTC. */
export interface Webhook {
  id: string
  url: string
  /** Event names, `'device.*'` or `'*'`. */
  events: string[]
  status: WebhookStatus
  /** What signs the deliveries; shown only in the answer to the create. */
  secret?: string
  organization_id: string
  created_at: string
}

/** A new webhook; the server makes up an `id` and `secret` that are not given. */
export interface WebhookCreate {
  id?: string
  url: string
  events: string[]
  status?: WebhookStatus
  secret?: string
}

/** Fields to change; the others stay. */
export type WebhookUpdate = Partial<Omit<WebhookCreate, 'id'>>

/** Which webhooks to list. */
export interface WebhookQuery extends PageQuery {
  status?: WebhookStatus | undefined
  event?: string | undefined
}

/** How far a delivery got. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed'

/** One event sent, or to be sent, to one webhook. */
export interface Delivery {
  id: string
  webhook_id: string
  event: string
  status: DeliveryStatus
  attempts: number
  /** HTTP status of the last attempt; `null` when there was no answer. */
  status_code: number | null
  error: string | null
  created_at: string
  delivered_at: string | null
  next_attempt_at: string | null
}

/** Which deliveries to list. */
export interface DeliveryQuery extends PageQuery {
  status?: DeliveryStatus | undefined
}

/** Webhooks and what was sent to them. Every method rejects with an `ApiError`. */
export interface WebhooksApi {
  list(query?: WebhookQuery, options?: ApiCallOptions): Promise<Page<'webhooks', Webhook>>
  /** Every webhook over all pages. */
  iterate(query?: WebhookQuery, options?: ApiCallOptions): AsyncGenerator<Webhook, void, undefined>
  get(id: string, options?: ApiCallOptions): Promise<Webhook>
  create(webhook: WebhookCreate, options?: ApiCallOptions): Promise<Webhook>
  update(id: string, changes: WebhookUpdate, options?: ApiCallOptions): Promise<Webhook>
  delete(id: string, options?: ApiCallOptions): Promise<Deleted>
  deliveries(
    id: string,
    query?: DeliveryQuery,
    options?: ApiCallOptions,
  ): Promise<Page<'deliveries', Delivery>>
  /** Every delivery of a webhook over all pages. */
  iterateDeliveries(
    id: string,
    query?: DeliveryQuery,
    options?: ApiCallOptions,
  ): AsyncGenerator<Delivery, void, undefined>
  /** Sends a test delivery. */
  test(id: string, options?: ApiCallOptions): Promise<Delivery>
}

export function createWebhooksApi(request: ResourceRequest): WebhooksApi {
  const webhooks: WebhooksApi = {
    list: (query, options) => request('GET', '/webhooks', { ...options, query: { ...query } }),
    iterate: (query, options) =>
      iteratePages('webhooks', query, (page) => webhooks.list({ ...query, ...page }, options)),
    get: async (id, options) => request('GET', apiPath`/webhooks/${id}`, options),
    create: (webhook, options) => request('POST', '/webhooks', createOptions(webhook, options)),
    update: async (id, changes, options) =>
      request('PATCH', apiPath`/webhooks/${id}`, { ...options, json: changes }),
    delete: async (id, options) => deleteResource(request, apiPath`/webhooks/${id}`, id, options),
    deliveries: async (id, query, options) =>
      request('GET', apiPath`/webhooks/${id}/deliveries`, { ...options, query: { ...query } }),
    iterateDeliveries: (id, query, options) =>
      iteratePages('deliveries', query, (page) => webhooks.deliveries(id, { ...query, ...page }, options)),
    test: async (id, options) => request('POST', apiPath`/webhooks/${id}/test`, options),
  }
  return webhooks
}
