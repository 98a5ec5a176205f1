import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.js'
import type { CausedBy } from '../../events/event-publisher.js'
import type { FilterRunner } from '../../host/filters/filter-runner.js'
import { currentTraceparent } from '../../tracing/current-trace.js'
import type { DeliveryRow } from './delivery-repository.js'
import type { WebhookRow } from './webhook-repository.js'
import type { WebhookAnswer, WebhookSender } from './webhook-sender.js'

/** What an attempt needs to know of the event that is delivered. */
export interface DeliveredEvent {
  payload: Record<string, unknown>
  occurred_at: Date
  caused_by: CausedBy | null
  trace: string | null
}

export interface Attempt extends WebhookAnswer {
  /** 1 for the first. */
  number: number
  body: string
}

export interface AttemptServices {
  filters: FilterRunner
  sender: WebhookSender
}

/** The event of a delivery; undefined when it was forgotten in the meantime. */
export async function eventOf(
  kysely: Kysely<Schema>,
  { event_id, organization_id }: Pick<DeliveryRow, 'event_id' | 'organization_id'>,
): Promise<DeliveredEvent | undefined> {
  if (event_id === null) return undefined
  return kysely
    .selectFrom('events')
    .select(['payload', 'occurred_at', 'caused_by', 'trace'])
    .where('event_id', '=', event_id)
    .where('organization_id', '=', organization_id)
    .executeTakeFirst()
}

/** Makes the body, unless an earlier attempt has, and sends it: every attempt sends the same bytes. */
export async function attemptDelivery(
  { filters, sender }: AttemptServices,
  webhook: WebhookRow,
  delivery: Pick<DeliveryRow, 'id' | 'event' | 'body' | 'attempts'>,
  event: Pick<DeliveredEvent, 'payload' | 'occurred_at' | 'trace'>,
  signal: AbortSignal,
): Promise<Attempt> {
  const timestamp = event.occurred_at.toISOString()
  const body =
    delivery.body ?? (await filteredBody(filters, webhook, delivery.event, timestamp, event.payload))
  const number = delivery.attempts + 1
  const { former_secret, former_secret_until } = webhook
  const isFormerValid = former_secret_until !== null && former_secret_until > new Date()
  const answer = await sender.send(
    {
      url: webhook.url,
      webhookId: webhook.id,
      deliveryId: delivery.id,
      event: delivery.event,
      timestamp,
      body,
      attempt: number,
      secret: webhook.secret,
      formerSecret: isFormerValid ? (former_secret ?? undefined) : undefined,
      traceparent: currentTraceparent() ?? event.trace ?? undefined,
    },
    signal,
  )
  return { ...answer, number, body }
}

/** Plugins may change the data and add to the body, not what event it tells about. */
async function filteredBody(
  filters: FilterRunner,
  { organization_id }: WebhookRow,
  event: string,
  timestamp: string,
  data: Record<string, unknown>,
): Promise<string> {
  const value = { event, timestamp, data }
  const result = await filters.apply({ organization_id, filter: 'webhook.payload.process', value })
  return JSON.stringify({ ...result, event, timestamp })
}
