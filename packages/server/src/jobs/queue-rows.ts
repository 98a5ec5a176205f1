import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/client.js'
import type { Job } from './jobs.js'

/** Which jobs of a queue, as a condition on the columns of `pgboss.job`. */
export type SomeJobs = RawBuilder<SqlBool>

const ALL_JOBS: SomeJobs = sql`true`

/** In the order of the index that finds what is due, so that a long queue costs no more than a short one. */
export async function peekJobs<Data>(
  { kysely }: Database,
  queue: string,
  { limit, only = ALL_JOBS }: { limit: number; only?: SomeJobs | undefined },
): Promise<Job<Data>[]> {
  const { rows } = await sql<Job<Data>>`
    select id, data from pgboss.job
    where name = ${queue} and state < 'active' and start_after <= now() and ${only}
    order by start_after, id limit ${limit}
  `.execute(kysely)
  return rows
}

/** What pg-boss does to fetch jobs, for queues as we make them, of some jobs: it has no option for that. */
export async function takeJobs<Data>(
  { kysely }: Database,
  queue: string,
  { limit, only = ALL_JOBS }: { limit: number; only?: SomeJobs | undefined },
): Promise<Job<Data>[]> {
  const { rows } = await sql<Job<Data>>`
    update pgboss.job as job
    set state = 'active', started_on = now(), retry_count = retry_count + (started_on is not null)::int
    from (
      select id from pgboss.job
      where name = ${queue} and state < 'active' and start_after <= now() and ${only}
      order by created_on, id limit ${limit}
      for update skip locked
    ) as next
    where job.name = ${queue} and job.id = next.id
    returning job.id, job.data
  `.execute(kysely)
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** What waits for its turn or its time; a job may stand for several events. */
export async function countWaiting({ kysely }: Database, queue: string): Promise<number> {
  const { rows } = await sql<{ waiting: string }>`
    select coalesce(sum(coalesce(jsonb_array_length(data -> 'events'), 1)), 0) as waiting
    from pgboss.job where name = ${queue} and state < 'active'
  `.execute(kysely)
  return Number(rows[0]?.waiting)
}

/** Gives back what is under way: all of it, or some jobs. */
export async function giveBack(
  { executeSql }: Database,
  queue: string,
  ids?: readonly string[],
): Promise<void> {
  const some = ids === undefined ? '' : ' and id = any($2::uuid[])'
  const text = `update pgboss.job set state = 'retry' where name = $1 and state = 'active'${some}`
  await executeSql(text, ids === undefined ? [queue] : [queue, [...ids]])
}
