import { type Kysely, type Migration, sql } from 'kysely'

/** Who changed what. No reference to the key or plugin: the log outlives them. */
export const auditMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table audit_log (
        id bigint generated always as identity primary key,
        organization_id text not null references organizations (id),
        occurred_at timestamptz(3) not null,
        principal_kind text not null,
        principal_id text not null,
        principal text not null,
        action text not null,
        path text not null,
        fields json not null,
        status integer not null,
        request_id text not null
      )
    `.execute(db)
    await sql`create index audit_log_latest on audit_log (organization_id, id desc)`.execute(db)
    await sql`create index audit_log_time on audit_log (occurred_at)`.execute(db)
  },
}
