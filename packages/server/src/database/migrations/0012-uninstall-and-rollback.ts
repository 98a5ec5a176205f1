import { type Kysely, type Migration, sql } from 'kysely'

/** What the version before the last update was granted, and whether an uninstall under way takes the storage too. */
export const uninstallAndRollbackMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table installations
        add column previous_permissions json,
        add column purging boolean not null default false
    `.execute(db)
  },
}
