import { sql } from 'kysely'
import type { Database } from '../../database/client.js'
import type { Jobs } from '../../jobs/jobs.js'
import { deliveryQueue, taskQueue } from './installation.js'

/**
 * Removes the queues of installations that are gone: a server that was killed between the two left them. An
 * installation that another node makes at this moment keeps its own, as they become visible together with its row.
 */
export async function sweepQueues(database: Database, jobs: Jobs): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from pgboss.queue
    where (name like ${deliveryQueue('%')} or name like ${taskQueue('%')})
      and not exists (
        select from installations
        where name in (${deliveryQueue('')} || installations.id, ${taskQueue('')} || installations.id)
      )
    order by name
  `.execute(database.kysely)
  for (const { name } of rows) await jobs.deleteQueue(name)
}
