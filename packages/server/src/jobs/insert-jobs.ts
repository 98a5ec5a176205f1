import { sql, type Transaction } from 'kysely'
import type { Schema } from '../database/schema.js'
import type { NewJob } from './jobs.js'

/** Days that a job waits to be handled; then pg-boss gives it up. */
export const RETENTION_DAYS = 30

/**
 * What pg-boss does to insert jobs, for queues as we make them, and the wake-up with it: one statement at half the cost,
 * and it is written for every event. A job whose queue is gone, or whose id is queued already, is left out.
 */
export async function insertJobs(
  trx: Transaction<Schema>,
  channel: string,
  jobs: readonly NewJob[],
): Promise<void> {
  const queues = [...new Set(jobs.map(({ queue }) => queue))]
  await sql`
    with queued as (
      insert into pgboss.job (id, name, data, start_after, keep_until, expire_in, retry_limit, policy)
      select coalesce(given.id, gen_random_uuid()), queue.name, given.data,
        coalesce(given.run_at, now()), coalesce(given.run_at, now()) + ${RETENTION_DAYS} * interval '1 day',
        queue.expire_seconds * interval '1 second', queue.retry_limit, queue.policy
      from unnest(
        ${jobs.map(({ id }) => id ?? null)}::uuid[],
        ${jobs.map(({ queue }) => queue)}::text[],
        ${jobs.map(({ data }) => (data === undefined ? null : JSON.stringify(data)))}::jsonb[],
        ${jobs.map(({ runAt }) => runAt ?? null)}::timestamptz[]
      ) as given (id, name, data, run_at)
      join pgboss.queue on queue.name = given.name
      on conflict do nothing
    )
    select pg_notify(${channel}, name) from unnest(${queues}::text[]) as name
  `.execute(trx)
}
