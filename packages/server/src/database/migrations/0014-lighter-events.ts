import { type Kysely, type Migration, sql } from 'kysely'

/**
 * An event no longer looks its organization up, which cost a quarter of writing it: organizations are never deleted, and
 * who publishes was found by theirs. Old deliveries are found by their ids, which grow with time.
 */
export const lighterEventsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table events drop constraint events_organization_id_fkey`.execute(db)
    await sql`drop index deliveries_time`.execute(db)
  },
}
