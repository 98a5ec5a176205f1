import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import type { PluginStorage } from '../host/plugin-storage.js'
import type { PluginTasks } from '../host/plugin-tasks.js'

const EVERY_MS = 10 * 60_000
/** Days that events are kept; longer than any delivery waits. */
const EVENT_DAYS = 30
const DELIVERY_DAYS = 7

export interface HousekeepingOptions {
  database: Database
  storage: PluginStorage
  tasks: PluginTasks
  onError: (error: unknown) => void
}

/** Forgets what nobody will ask for any more. */
export function startHousekeeping({ database, storage, tasks, onError }: HousekeepingOptions): {
  stop(): void
} {
  const timer = setInterval(() => {
    Promise.all([forgetOld(database.kysely), storage.prune(), tasks.prune()]).catch(onError)
  }, EVERY_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

async function forgetOld(kysely: Kysely<Schema>): Promise<void> {
  await kysely.deleteFrom('deliveries').where('created_at', '<', daysAgo(DELIVERY_DAYS)).execute()
  await kysely.deleteFrom('dead_letters').where('created_at', '<', daysAgo(EVENT_DAYS)).execute()
  await kysely
    .deleteFrom('events')
    .where('occurred_at', '<', daysAgo(EVENT_DAYS))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('dead_letters').select('id').whereRef('dead_letters.event_id', '=', 'events.event_id'),
        ),
      ),
    )
    .execute()
}

function daysAgo(days: number) {
  return sql<Date>`now() - ${days} * interval '1 day'`
}
