import { type Kysely, type Migration, sql } from 'kysely'

/**
 * Deliveries leave with their installation as before, by a trigger: the foreign key looked the installation up once for
 * each delivery, which made half of what it costs to record one.
 */
export const lighterDeliveriesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table deliveries drop constraint deliveries_installation_id_fkey`.execute(db)
    await sql`
      create function forget_deliveries() returns trigger language plpgsql as $$
      begin
        delete from deliveries where installation_id = old.id;
        return null;
      end
      $$
    `.execute(db)
    await sql`
      create trigger forget_deliveries after delete on installations
      for each row execute function forget_deliveries()
    `.execute(db)
  },
}
