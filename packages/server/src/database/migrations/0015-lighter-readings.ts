import { type Kysely, type Migration, sql } from 'kysely'

/**
 * Readings leave with their device as before, by a trigger: the foreign key looked the device up once for each of them,
 * although whoever writes readings has locked their devices already.
 */
export const lighterReadingsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table device_metrics drop constraint device_metrics_organization_id_device_id_fkey
    `.execute(db)
    await sql`
      create function forget_readings() returns trigger language plpgsql as $$
      begin
        delete from device_metrics where organization_id = old.organization_id and device_id = old.id;
        return null;
      end
      $$
    `.execute(db)
    await sql`
      create trigger forget_readings after delete on devices
      for each row execute function forget_readings()
    `.execute(db)
  },
}
