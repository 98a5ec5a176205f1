import { type Kysely, type Migration, sql } from 'kysely'

/** The W3C `traceparent` of the span that published an event; most events have none. */
export const eventTraceMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table events add column trace text`.execute(db)
  },
}
