import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import { offsetOf } from '../../http/pagination.js'
import { storable } from '../../http/storable.js'
import type { WebhooksTable } from '../schema.js'
import { type Webhook, type WebhookListQuery, webhookSchema } from './schema.js'

type Connection = Kysely<Schema> | Transaction<Schema>

/** A webhook with what only the platform needs to know. */
export type WebhookRow = Selectable<WebhooksTable>

const { status: statusOf } = webhookSchema.shape

/** A row as the API answers it, without its secret. */
export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.id,
    url: row.url,
    events: row.events,
    status: statusOf.parse(row.status),
    status_reason: row.status_reason,
    organization_id: row.organization_id,
    created_at: row.created_at.toISOString(),
  }
}

/** @throws HttpProblem 404. */
export async function getWebhook(db: Connection, organizationId: string, id: string): Promise<WebhookRow> {
  const row = await db
    .selectFrom('webhooks')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound('webhook', id)
  return row
}

/** {@link getWebhook} for a change: nobody else can change the row until the transaction ends. */
export async function lockWebhook(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
): Promise<WebhookRow | undefined> {
  return trx
    .selectFrom('webhooks')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

/** Newest first. */
export async function listWebhooks(
  db: Connection,
  organizationId: string,
  query: WebhookListQuery,
): Promise<{ webhooks: Webhook[]; totalCount: number }> {
  let matching = db.selectFrom('webhooks').where('organization_id', '=', organizationId)
  if (query.status !== undefined) matching = matching.where('status', '=', query.status)
  if (query.event !== undefined) {
    const event = storable(query.event)
    matching = matching.where(sql<boolean>`jsonb_exists(events::jsonb, ${event})`)
  }
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { webhooks: rows.map(webhookOf), totalCount: Number(total) }
}

export interface NewWebhook {
  id: string
  url: string
  events: readonly string[]
  status: string
  secret: string
}

/** @throws HttpProblem 409 when the id is taken. */
export async function insertWebhook(
  trx: Transaction<Schema>,
  organizationId: string,
  { events, ...fields }: NewWebhook,
): Promise<WebhookRow> {
  const row = await trx
    .insertInto('webhooks')
    .values({
      organization_id: organizationId,
      ...fields,
      events: JSON.stringify(events),
      created_at: new Date(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new HttpProblem(409, `There is already a webhook ${JSON.stringify(fields.id)}`)
  return row
}

/** A change of a webhook; `events` as JSON. */
export type WebhookChanges = Partial<
  Pick<
    WebhookRow,
    'url' | 'status' | 'status_reason' | 'secret' | 'former_secret' | 'former_secret_until' | 'failures'
  >
> & { events?: readonly string[] | undefined }

export async function updateWebhook(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
  { events, ...changes }: WebhookChanges,
): Promise<WebhookRow> {
  return trx
    .updateTable('webhooks')
    .set({ ...changes, ...(events === undefined ? {} : { events: JSON.stringify(events) }) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** @throws HttpProblem 404. */
export async function deleteWebhook(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
): Promise<WebhookRow> {
  const row = await trx
    .deleteFrom('webhooks')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw notFound('webhook', id)
  return row
}
