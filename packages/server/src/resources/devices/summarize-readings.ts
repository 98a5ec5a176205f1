import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { offsetOf } from '../../http/pagination.js'
import type { Reading } from './reading-repository.js'
import type { MetricsQuery } from './schema.js'

type SummaryQuery = MetricsQuery & { interval: number }

/** As `numeric`: the sum of doubles can be more than a double holds, and the database would refuse to answer. */
const AGGREGATES: Record<MetricsQuery['aggregate'], RawBuilder<unknown>> = {
  avg: sql`avg(number)`,
  min: sql`min(number)`,
  max: sql`max(number)`,
  sum: sql`sum(number)`,
  count: sql`count(number)`,
  last: sql`(array_agg(number order by timestamp desc, id desc))[1]`,
}

/** The readings of a device summed up by interval: for each metric that is a number, one number. */
export async function summarizeReadings(
  db: Kysely<Schema>,
  organizationId: string,
  deviceId: string,
  query: SummaryQuery,
): Promise<{ readings: Reading[]; totalCount: number }> {
  const seconds = query.interval / 1_000
  const rows = sql`
    select id, timestamp, metrics,
      to_timestamp(floor(extract(epoch from timestamp) / ${seconds}::numeric) * ${seconds}::numeric) as bucket
    from device_metrics
    where organization_id = ${organizationId} and device_id = ${deviceId}
      ${query.since === undefined ? sql`` : sql`and timestamp >= ${query.since}`}
      ${query.until === undefined ? sql`` : sql`and timestamp < ${query.until}`}
  `
  const { rows: counted } = await sql<{ total: string }>`
    select count(distinct bucket) as total from (${rows}) as readings
  `.execute(db)
  const order = query.order === 'asc' ? sql`asc` : sql`desc`
  const { rows: summaries } = await sql<{ bucket: Date; metrics: Record<string, string> | null }>`
    with readings as (${rows}),
      page as (
        select distinct bucket from readings order by bucket ${order}
        limit ${query.page_size} offset ${offsetOf(query)}
      ),
      numbers as (
        select bucket, timestamp, id, key, value::text::numeric as number
        from readings join page using (bucket), json_each(metrics)
        where json_typeof(value) = 'number'
      ),
      summed as (select bucket, key, ${AGGREGATES[query.aggregate]}::text as number from numbers group by bucket, key)
    select page.bucket, json_object_agg(key, number order by key) filter (where key is not null) as metrics
    from page left join summed using (bucket)
    group by page.bucket order by page.bucket ${order}
  `.execute(db)
  const readings = summaries.map(({ bucket, metrics }) => ({
    device_id: deviceId,
    metrics: Object.fromEntries(Object.entries(metrics ?? {}).map(([name, text]) => [name, Number(text)])),
    timestamp: bucket,
  }))
  return { readings, totalCount: Number(counted[0]?.total ?? 0) }
}
