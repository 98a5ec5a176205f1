import { type Kysely, type Migration, sql } from 'kysely'

/** Where an installation's plugin runs, when that is not on the platform; sealed, as its configuration is. */
export const remotePluginsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table installations add column remote text`.execute(db)
  },
}
