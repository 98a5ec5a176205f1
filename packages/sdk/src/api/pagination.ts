/** Where a list answer stands among its pages. */
export interface Pagination {
  /** From 1. */
  page: number
  page_size: number
  total_count: number
  total_pages: number
}

/** One page of a list, as the server sends it: `{"devices": [...], "pagination": {...}}`. */
export type Page<K extends string, T> = { [key in K]: T[] } & { pagination: Pagination }

/** Query of every list. */
export interface PageQuery {
  /** From 1. Default 1. */
  page?: number | undefined
  /** 1 to 1000. */
  page_size?: number | undefined
}

/** Items asked for at a time by the iterators, unless the query says otherwise. */
const ITERATE_PAGE_SIZE = 100

/**
 * Every item of a list, page after page, asking for the next page only when it is reached. Items added or removed
 * meanwhile shift the later ones, as with any numbered paging.
 */
export async function* iteratePages<K extends string, T>(
  key: K,
  query: PageQuery | undefined,
  list: (query: { page: number; page_size: number }) => Promise<Page<K, T> | readonly T[]>,
): AsyncGenerator<T, void, undefined> {
  const pageSize = query?.page_size ?? ITERATE_PAGE_SIZE
  for (let page = query?.page ?? 1; ; page++) {
    const answer = await list({ page, page_size: pageSize })
    if (isList(answer)) {
      yield* answer
      return
    }
    const items: readonly T[] = answer[key] ?? []
    yield* items
    if (items.length === 0 || page >= (answer.pagination?.total_pages ?? 0)) return
  }
}

function isList<K extends string, T>(answer: Page<K, T> | readonly T[]): answer is readonly T[] {
  return Array.isArray(answer)
}
