import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { FurtherJobs } from '../../events/create-event-publisher.js'
import type { NewEvent } from '../../events/event-publisher.js'
import type { WebhookDirectory } from './webhook-directory.js'

/** The queue of deliveries to webhooks; the id of a job is that of its delivery. */
export const WEBHOOK_QUEUE = 'webhooks'

/** Which webhook a job of {@link WEBHOOK_QUEUE} is for. */
export type WebhookJobData = {
  organization_id: string
  webhook_id: string
}

/** Events about what was sent to webhooks. A delivery of one makes no further event, or it would never end. */
export function isAboutDeliveries(event: string): boolean {
  return event === 'webhook.triggered' || event === 'webhook.failed'
}

/** One delivery for each webhook that hears an event, in the transaction of whoever changed the row. */
export function queueDeliveries(directory: WebhookDirectory): FurtherJobs {
  return async (trx, events) => {
    const deliveries = events.flatMap((event) =>
      directory
        .hearers(event.organization_id, event.name)
        .filter(({ id }) => !isAboutItself(event, id))
        .map(({ organization_id, id }) => ({
          id: uuidv7(),
          organization_id,
          webhook_id: id,
          event_id: event.event_id,
          event: event.name,
        })),
    )
    if (deliveries.length === 0) return []
    const now = new Date()
    // The directory may still have a webhook that was deleted a moment ago; the lock keeps the others from it.
    const { rows } = await sql<WebhookJobData & { id: string }>`
      insert into webhook_deliveries
        (id, organization_id, webhook_id, event_id, event, status, created_at, next_attempt_at)
      select given.id, given.organization_id, given.webhook_id, given.event_id, given.event, 'pending', ${now}, ${now}
      from json_to_recordset(${JSON.stringify(deliveries)}::json)
        as given (id uuid, organization_id text, webhook_id text, event_id uuid, event text)
      join webhooks on webhooks.organization_id = given.organization_id and webhooks.id = given.webhook_id
      where webhooks.status = 'active'
      for key share of webhooks
      returning id, organization_id, webhook_id
    `.execute(trx)
    return rows.map(({ id, ...data }) => ({ queue: WEBHOOK_QUEUE, id, data }))
  }
}

/** A webhook that hears everything would be told of each of its own deliveries. */
function isAboutItself({ name, payload }: NewEvent, webhookId: string): boolean {
  return isAboutDeliveries(name) && payload.webhook_id === webhookId
}
