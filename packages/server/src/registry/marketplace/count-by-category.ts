import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { CATEGORIES } from './plugin-resource.js'

/** How many plugins the list shows in each category, those with none included. */
export async function countByCategory(kysely: Kysely<Schema>) {
  const rows = await kysely
    .selectFrom('plugins')
    .select(({ fn }) => ['category', fn.countAll<string>().as('count')])
    .where('latest_version', 'is not', null)
    .groupBy('category')
    .execute()
  const counts = new Map(rows.map(({ category, count }) => [category, Number(count)]))
  return CATEGORIES.map((name) => ({ name, count: counts.get(name) ?? 0 }))
}
