import { type Kysely, type Migration, sql } from 'kysely'

/**
 * A publisher chooses the id of its event: it is unique within its organization, so that a guessed id swallows nothing of
 * another's. The id comes first in the key, because ids grow with time and what is written last stays together.
 */
export const eventsPerOrganizationMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table dead_letters drop constraint dead_letters_event_id_fkey`.execute(db)
    await sql`
      alter table events drop constraint events_pkey, add primary key (event_id, organization_id)
    `.execute(db)
    await sql`
      alter table dead_letters add constraint dead_letters_event_fkey
        foreign key (event_id, organization_id) references events (event_id, organization_id)
    `.execute(db)
  },
}
