import { type Kysely, type Migration, sql } from 'kysely'

/** Why a task does not run although it is scheduled, and whether the plugin's code declares its times. */
export const heldTasksMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table plugin_tasks add column held text, add column declared boolean not null default false
    `.execute(db)
  },
}
