import type { Transaction } from 'kysely'
import type { Database } from '../../database/client.js'
import type { Schema } from '../../database/schema.js'
import type { EventPublisher } from '../../events/event-publisher.js'
import type { Jobs } from '../../jobs/jobs.js'
import type { Attempt, DeliveredEvent } from './delivery-attempt.js'
import type { DeliveryRow } from './delivery-repository.js'
import { isAboutDeliveries, WEBHOOK_QUEUE } from './queue-deliveries.js'
import { lockWebhook, updateWebhook, type WebhookRow, webhookOf } from './webhook-repository.js'

/** Milliseconds before the second attempt, the third ...; after the last one a delivery has failed for good. */
export const RETRY_DELAYS_MS: readonly number[] = [60_000, 300_000, 900_000, 3_600_000]
/** Deliveries that fail for good in a row before their webhook is disabled. */
const MAX_FAILURES = 5

export interface RecordServices {
  database: Pick<Database, 'kysely'>
  events: EventPublisher
  jobs: Jobs
  retryDelays: readonly number[]
}

/**
 * Records one attempt, queues the next or gives up, disables a webhook that keeps failing and tells what happened: all
 * in the transaction that takes the job from its queue.
 *
 * @returns Whether the webhook was disabled.
 */
export async function recordAttempt(
  { database, events, jobs, retryDelays }: RecordServices,
  delivery: DeliveryRow,
  event: DeliveredEvent,
  attempt: Attempt,
): Promise<boolean> {
  const { organization_id, webhook_id, id } = delivery
  const now = new Date()
  const delay = attempt.error === null ? undefined : retryDelays[attempt.number - 1]
  const runAt = delay === undefined ? null : new Date(now.getTime() + delay)
  return database.kysely.transaction().execute(async (trx) => {
    await jobs.remove(trx, WEBHOOK_QUEUE, [id])
    const before = await lockWebhook(trx, organization_id, webhook_id)
    // Deleted meanwhile, and its deliveries with it.
    if (!before) return false
    await trx
      .updateTable('webhook_deliveries')
      .set({
        body: attempt.body,
        status: attempt.error === null ? 'delivered' : runAt === null ? 'failed' : 'pending',
        attempts: attempt.number,
        status_code: attempt.statusCode,
        error: attempt.error,
        delivered_at: attempt.error === null ? now : null,
        next_attempt_at: runAt,
      })
      .where('id', '=', id)
      .execute()
    if (runAt)
      await jobs.insert(trx, [{ queue: WEBHOOK_QUEUE, id, runAt, data: { organization_id, webhook_id } }])
    const webhook = await countFailure(trx, before, attempt.error !== null, runAt === null)
    if (!isAboutDeliveries(delivery.event)) {
      await events.publish(trx, {
        organization_id,
        name: attempt.error === null ? 'webhook.triggered' : 'webhook.failed',
        payload: {
          webhook_id,
          webhook_data: webhookOf(webhook),
          event: delivery.event,
          attempt: attempt.number,
          status_code: attempt.statusCode,
        },
        caused_by: causeOf(delivery, event),
      })
    }
    return before.status === 'active' && webhook.status === 'disabled'
  })
}

async function countFailure(
  trx: Transaction<Schema>,
  before: WebhookRow,
  isFailed: boolean,
  isLast: boolean,
): Promise<WebhookRow> {
  const { organization_id, id } = before
  if (!isFailed)
    return before.failures === 0 ? before : updateWebhook(trx, organization_id, id, { failures: 0 })
  if (!isLast) return before
  const failures = before.failures + 1
  const isTooMany = failures >= MAX_FAILURES && before.status === 'active'
  const status_reason = `${failures} deliveries in a row failed: the receiver must answer 2xx`
  return updateWebhook(trx, organization_id, id, {
    failures,
    ...(isTooMany ? { status: 'disabled', status_reason } : {}),
  })
}

/** A chain of plugins that feed each other through a webhook is as long as without it. */
function causeOf({ event_id }: DeliveryRow, { caused_by }: DeliveredEvent) {
  return caused_by === null || event_id === null ? undefined : { ...caused_by, event_id }
}
