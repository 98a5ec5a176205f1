import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../database/client.js'
import type { PluginStorage } from '../host/plugin-storage.js'
import type { PluginTasks } from '../host/tasks/plugin-tasks.js'

const EVERY_MS = 10 * 60_000
/** Days that events are kept; longer than any delivery waits. */
const EVENT_DAYS = 30
const DELIVERY_DAYS = 7
const AT_ONCE = 5_000
/** So many rows that were forgotten make it worth to give their room back. */
const WORTH_VACUUM = 1_000

export interface HousekeepingOptions {
  database: Database
  storage: PluginStorage
  tasks: PluginTasks
  onError: (error: unknown) => void
}

const DELIVERY_AGE = daysAgo(DELIVERY_DAYS)
const EVENT_AGE = daysAgo(EVENT_DAYS)

/** Forget some rows of a table; events last, because dead letters need theirs. */
const STATEMENTS: Readonly<Record<string, RawBuilder<unknown>>> = {
  deliveries: sql`
    delete from deliveries where id in (
      select id from (select id, created_at from deliveries order by id limit ${AT_ONCE}) as oldest
      where created_at < ${DELIVERY_AGE}
    )`,
  dead_letters: sql`
    delete from dead_letters where id in (
      select id from dead_letters where created_at < ${EVENT_AGE} limit ${AT_ONCE} for update skip locked
    )`,
  events: sql`
    delete from events using (
      select event_id, organization_id from events
      where occurred_at < ${EVENT_AGE} and not exists (
        select from dead_letters where dead_letters.event_id = events.event_id
          and dead_letters.organization_id = events.organization_id
      )
      limit ${AT_ONCE} for update skip locked
    ) as old
    where events.event_id = old.event_id and events.organization_id = old.organization_id`,
}

/** Forgets what nobody will ask for any more. `stop` waits for what is under way. */
export function startHousekeeping({ database, storage, tasks, onError }: HousekeepingOptions): {
  stop(): Promise<void>
} {
  let isStopping = false
  let work: Promise<void> | undefined
  const clean = async () => {
    const isOver = () => isStopping
    await Promise.all([forgetOld(database, isOver), storage.prune(), tasks.prune()])
  }
  const timer = setInterval(() => {
    work ??= clean()
      .catch(onError)
      .finally(() => {
        work = undefined
      })
  }, EVERY_MS)
  timer.unref()
  return {
    async stop() {
      isStopping = true
      clearInterval(timer)
      await work
    },
  }
}

/**
 * Forgets what is old: deliveries by their ids, which grow with time. Some at a time, so that nobody waits for long where
 * all share one connection.
 */
export async function forgetOld(
  { kysely, engine }: Pick<Database, 'kysely' | 'engine'>,
  isOver = () => false,
): Promise<void> {
  for (const [table, forget] of Object.entries(STATEMENTS)) {
    let total = 0
    for (let forgotten = AT_ONCE; forgotten === AT_ONCE && !isOver(); total += forgotten)
      forgotten = Number((await forget.execute(kysely)).numAffectedRows ?? 0)
    // PostgreSQL does so by itself, PGlite never does: its files would only grow.
    if (engine === 'pglite' && total >= WORTH_VACUUM && !isOver())
      await sql`vacuum (analyze) ${sql.table(table)}`.execute(kysely)
  }
}

function daysAgo(days: number) {
  return sql<Date>`now() - ${days} * interval '1 day'`
}
