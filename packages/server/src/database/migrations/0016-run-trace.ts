import { type Kysely, type Migration, sql } from 'kysely'

/** The W3C `traceparent` of the request that asked for a run; those of schedules have none. */
export const runTraceMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table plugin_task_runs add column trace text`.execute(db)
  },
}
