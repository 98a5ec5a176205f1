import type { Kysely, Selectable } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { offsetOf } from '../../http/pagination.js'
import type { WebhookDeliveriesTable } from '../schema.js'
import { type DeliveryListQuery, type WebhookDelivery, webhookDeliverySchema } from './schema.js'

/** One event for one webhook, with what only the platform needs to know. */
export type DeliveryRow = Selectable<WebhookDeliveriesTable>

const { status: statusOf } = webhookDeliverySchema.shape

/** A row as the API answers it. */
export function deliveryOf(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    event: row.event,
    status: statusOf.parse(row.status),
    attempts: row.attempts,
    status_code: row.status_code,
    error: row.error,
    created_at: row.created_at.toISOString(),
    delivered_at: row.delivered_at?.toISOString() ?? null,
    next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
  }
}

/** Newest first. */
export async function listDeliveries(
  db: Kysely<Schema>,
  organizationId: string,
  webhookId: string,
  query: DeliveryListQuery,
): Promise<{ deliveries: WebhookDelivery[]; totalCount: number }> {
  let matching = db
    .selectFrom('webhook_deliveries')
    .where('organization_id', '=', organizationId)
    .where('webhook_id', '=', webhookId)
  if (query.status !== undefined) matching = matching.where('status', '=', query.status)
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('id', 'desc')
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { deliveries: rows.map(deliveryOf), totalCount: Number(total) }
}
