import type { Context } from 'hono'

/** One page of a list, in the shape of every list of the API. */
export function listAnswer(
  c: Context,
  key: string,
  items: readonly unknown[],
  { page, page_size }: { page: number; page_size: number },
): Response {
  return c.json({
    [key]: items.slice((page - 1) * page_size, page * page_size),
    pagination: {
      page,
      page_size,
      total_count: items.length,
      total_pages: Math.ceil(items.length / page_size),
    },
  })
}

/** The answer to a create. */
export function createdAnswer(c: Context, path: string, item: object): Response {
  return c.json(item, 201, { location: `/api/v1${path}` })
}

/** Whether one of the texts contains what is searched for, in any case. */
export function contains(texts: readonly (string | null)[], search: string | undefined): boolean {
  if (search === undefined) return true
  return texts.some((text) => text?.toLowerCase().includes(search.toLowerCase()) ?? false)
}
