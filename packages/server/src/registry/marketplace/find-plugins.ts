import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { offsetOf, type PageQuery, paginationOf } from '../../http/pagination.js'
import { containsPattern, searchQuery } from '../search-vector.js'
import { PLUGIN_COLUMNS, toPluginResource } from './plugin-resource.js'

type PluginOrder =
  | 'relevance'
  | 'name'
  | 'downloads'
  | 'installs'
  | 'rating'
  | 'updated'
  | 'featured'
  | 'trending'

export interface FindPluginsQuery extends PageQuery {
  search?: string | undefined
  category?: string | undefined
  type?: string | undefined
  /** Also plugins that have nothing but pre-releases. */
  prerelease?: boolean | undefined
  sort: PluginOrder
  /** Ids to list first when sorted as featured. */
  featured?: readonly string[] | undefined
}

type PluginsQuery<Row> = SelectQueryBuilder<Schema, 'plugins', Row>

/** Milliseconds that an install counts for a trend. */
const TREND_MS = 7 * 24 * 3_600_000
/** A rating counts as if this many people had given the average: one 5 is not better than a hundred 4.9. */
const RATING_WEIGHT = 5
const RATING_AVERAGE = 3.5

/** One page of the plugins that have a version to offer. */
export async function findPlugins(kysely: Kysely<Schema>, query: FindPluginsQuery) {
  const matching = filtered(kysely.selectFrom('plugins'), query)
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await ordered(matching.select(PLUGIN_COLUMNS), query)
    .orderBy('name')
    .orderBy('id')
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { plugins: rows.map(toPluginResource), pagination: paginationOf(query, Number(total)) }
}

function filtered<Row>(from: PluginsQuery<Row>, query: FindPluginsQuery): PluginsQuery<Row> {
  let rows = from
  if (query.category !== undefined) rows = rows.where('category', '=', query.category)
  if (query.type !== undefined) rows = rows.where('type', '=', query.type)
  rows = rows.where(({ or, eb }) =>
    or([
      eb('latest_version', 'is not', null),
      ...(query.prerelease === true ? [eb('latest_prerelease', 'is not', null)] : []),
    ]),
  )
  const search = query.search?.trim() ?? ''
  if (search === '') return rows
  const words = searchQuery(search)
  return rows.where(({ or, eb }) =>
    or([
      eb('name', 'ilike', containsPattern(search)),
      eb('id', 'ilike', containsPattern(search)),
      ...(words === undefined ? [] : [sql<boolean>`search @@ ${words}`]),
    ]),
  )
}

function ordered<Row>(rows: PluginsQuery<Row>, query: FindPluginsQuery): PluginsQuery<Row> {
  const rating = sql`(rating_total + ${RATING_WEIGHT * RATING_AVERAGE}::float8) / (rating_count + ${RATING_WEIGHT}::float8)`
  switch (query.sort) {
    case 'name':
      return rows
    case 'downloads':
      return rows.orderBy('downloads', 'desc')
    case 'installs':
      return rows.orderBy('installs', 'desc')
    case 'updated':
      return rows.orderBy('updated_at', 'desc')
    case 'rating':
      return rows.orderBy(rating, 'desc').orderBy('installs', 'desc')
    case 'featured': {
      const chosen = sql`array_position(${query.featured ?? []}::text[], id)`
      return rows
        .orderBy(chosen, (order) => order.asc().nullsLast())
        .orderBy(rating, 'desc')
        .orderBy('installs', 'desc')
    }
    case 'trending': {
      const since = new Date(Date.now() - TREND_MS)
      const recent = sql`(
        select count(*) from plugin_installs
        where plugin_installs.plugin_id = plugins.id and installed_at > ${since}
      )`
      return rows.orderBy(recent, 'desc').orderBy('installs', 'desc').orderBy('downloads', 'desc')
    }
    default: {
      const words = searchQuery(query.search ?? '')
      const exact = sql`(id = lower(${query.search?.trim() ?? ''}))`
      const byRank =
        words === undefined
          ? rows
          : rows.orderBy(exact, 'desc').orderBy(sql`ts_rank(search, ${words})`, 'desc')
      return byRank.orderBy('installs', 'desc').orderBy('downloads', 'desc')
    }
  }
}
