import { z } from '@hono/zod-openapi'
import type { Selectable } from 'kysely'
import { optionalTextField, textField, timeText } from '../../http/fields.js'
import type { PluginReviewsTable } from '../schema.js'

/** What somebody thinks of a plugin. */
export const reviewResource = z
  .object({
    id: z.string(),
    plugin_id: z.string(),
    rating: z.int().openapi({ description: 'From 1 to 5' }),
    title: z.string().nullable(),
    comment: z.string().nullable(),
    author: z.string(),
    version: z.string().openapi({ description: 'The version that the organization installed last' }),
    created_at: timeText,
    updated_at: timeText,
  })
  .openapi('PluginReview')

export const reviewBody = z.object({
  rating: z.int().min(1, 'expected 1 to 5').max(5, 'expected 1 to 5'),
  title: textField(200).nullable().optional(),
  comment: optionalTextField(10_000).nullable().optional(),
})

export const REVIEW_COLUMNS = [
  'id',
  'plugin_id',
  'rating',
  'title',
  'comment',
  'author',
  'version',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof PluginReviewsTable)[]

export type ReviewRow = Pick<Selectable<PluginReviewsTable>, (typeof REVIEW_COLUMNS)[number]>

export function toReviewResource(row: ReviewRow): z.infer<typeof reviewResource> {
  return { ...row, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString() }
}
