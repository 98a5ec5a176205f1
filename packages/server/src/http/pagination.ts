import { z } from '@hono/zod-openapi'

const paginationSchema = z
  .object({
    page: z.int(),
    page_size: z.int(),
    total_count: z.int(),
    total_pages: z.int(),
  })
  .openapi('Pagination')

export interface PageQuery {
  page: number
  page_size: number
}

const count = (max: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `expected a whole number from 1 to ${max}`)
    .transform(Number)
    .pipe(z.int().min(1).max(max))
    .default(byDefault)
    .openapi({ type: 'integer', minimum: 1, maximum: max, default: byDefault })

/** The query parameters of every list. */
export const pageQuery = (defaultSize = 20) => ({
  page: count(999_999_999, 1),
  page_size: count(1_000, defaultSize),
})

/** The answer of a list: its items under their own name, and where they are in the whole. */
export function pageSchema<Name extends string, Item extends z.ZodType>(name: Name, item: Item) {
  const items: Record<Name, z.ZodArray<Item>> = named(name, z.array(item))
  return z.object({ ...items, pagination: paginationSchema })
}

/** What `pagination` says about one page. */
export function paginationOf(query: PageQuery, totalCount: number): z.infer<typeof paginationSchema> {
  return {
    page: query.page,
    page_size: query.page_size,
    total_count: totalCount,
    total_pages: Math.ceil(totalCount / query.page_size),
  }
}

/** Rows to skip before a page. */
export function offsetOf(query: PageQuery): number {
  return (query.page - 1) * query.page_size
}

function named<Name extends string, Value>(name: Name, value: Value): Record<Name, Value> {
  const record: Partial<Record<Name, Value>> = {}
  record[name] = value
  return { ...record, [name]: value } as Record<Name, Value>
}
