import { randomUUID } from 'node:crypto'
import type { z } from '@hono/zod-openapi'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Principal } from '../../auth/principal.js'
import type { Schema } from '../../database/schema.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import { REVIEW_COLUMNS, type ReviewRow, type reviewBody } from './review-resource.js'

export interface SavedReview {
  review: ReviewRow
  /** False when it replaced an earlier one by the same author. */
  created: boolean
}

/**
 * Keeps one review per author and plugin, and the plugin's rating true to its reviews.
 *
 * @throws HttpProblem 403 when the author's organization never installed the plugin, 404 when there is no such plugin.
 */
export async function saveReview(
  trx: Transaction<Schema>,
  pluginId: string,
  principal: Principal,
  given: z.infer<typeof reviewBody>,
): Promise<SavedReview> {
  const { organization_id } = principal
  const plugin = await trx
    .selectFrom('plugins')
    .select('id')
    .where('id', '=', pluginId)
    .forUpdate()
    .executeTakeFirst()
  if (!plugin) throw notFound('plugin', pluginId)
  const author_id = principal.user_id === undefined ? `key:${principal.id}` : `user:${principal.user_id}`
  const before = await trx
    .selectFrom('plugin_reviews')
    .select('id')
    .where('plugin_id', '=', pluginId)
    .where('organization_id', '=', organization_id)
    .where('author_id', '=', author_id)
    .executeTakeFirst()
  const content = {
    rating: given.rating,
    title: given.title ?? null,
    comment: given.comment ?? null,
    author: principal.label,
    version: await installedVersion(trx, pluginId, organization_id),
    updated_at: sql<Date>`now()`,
  }
  const id = before?.id ?? randomUUID()
  const review = await trx
    .insertInto('plugin_reviews')
    .values({ plugin_id: pluginId, organization_id, author_id, id, ...content })
    .onConflict((conflict) =>
      conflict.columns(['plugin_id', 'organization_id', 'author_id']).doUpdateSet(content),
    )
    .returning(REVIEW_COLUMNS)
    .executeTakeFirstOrThrow()
  await refreshRating(trx, pluginId)
  return { review, created: before === undefined }
}

/** One page of reviews, newest first. */
export async function listReviews(
  kysely: Kysely<Schema>,
  pluginId: string,
  page: { limit: number; offset: number },
) {
  const plugin = await kysely
    .selectFrom('plugins')
    .select('rating_count')
    .where('id', '=', pluginId)
    .executeTakeFirst()
  if (!plugin) throw notFound('plugin', pluginId)
  const reviews = await kysely
    .selectFrom('plugin_reviews')
    .select(REVIEW_COLUMNS)
    .where('plugin_id', '=', pluginId)
    .orderBy('updated_at', 'desc')
    .orderBy('id')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
  return { reviews, totalCount: plugin.rating_count }
}

async function installedVersion(
  trx: Transaction<Schema>,
  pluginId: string,
  organizationId: string,
): Promise<string> {
  const install = await trx
    .selectFrom('plugin_installs')
    .select('version')
    .where('plugin_id', '=', pluginId)
    .where('organization_id', '=', organizationId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (install) return install.version
  throw new HttpProblem(403, `Only those who installed ${pluginId} can review it: install it first`)
}

async function refreshRating(trx: Transaction<Schema>, pluginId: string): Promise<void> {
  const reviews = trx.selectFrom('plugin_reviews').where('plugin_id', '=', pluginId)
  await trx
    .updateTable('plugins')
    .set({
      rating_count: reviews.select(sql<number>`count(*)::integer`.as('count')),
      rating_total: reviews.select(sql<number>`coalesce(sum(rating), 0)::integer`.as('total')),
    })
    .where('id', '=', pluginId)
    .execute()
}
