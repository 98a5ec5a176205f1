import { type Kysely, type Migration, sql } from 'kysely'

/** Events and their deliveries; installations and what they keep. */
export const hostMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table events (
        event_id uuid primary key,
        organization_id text not null references organizations (id),
        name text not null,
        payload json not null,
        caused_by json,
        occurred_at timestamptz(3) not null default now()
      )
    `.execute(db)
    await sql`create index events_time on events (occurred_at)`.execute(db)
    await sql`
      create table installations (
        id text primary key,
        organization_id text not null references organizations (id),
        plugin_id text not null,
        version text not null,
        previous_version text,
        state text not null,
        reason text,
        enabled boolean not null default false,
        permissions json not null,
        config text not null,
        registrations json not null,
        installed_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        unique (organization_id, plugin_id)
      )
    `.execute(db)
    await sql`
      create table deliveries (
        id bigserial primary key,
        organization_id text not null,
        installation_id text not null references installations (id) on delete cascade,
        event_id uuid not null,
        event text not null,
        status text not null,
        attempt integer not null,
        handlers json not null,
        failures json not null,
        duration_ms double precision not null,
        created_at timestamptz(3) not null default now()
      )
    `.execute(db)
    await sql`create index deliveries_latest on deliveries (installation_id, id desc)`.execute(db)
    await sql`create index deliveries_time on deliveries (created_at)`.execute(db)
    await sql`
      create table dead_letters (
        id uuid primary key,
        organization_id text not null references organizations (id),
        installation_id text not null references installations (id) on delete cascade,
        plugin_id text not null,
        event_id uuid not null references events (event_id),
        event text not null,
        handlers json not null,
        error text not null,
        attempts integer not null,
        created_at timestamptz(3) not null default now(),
        replayed_at timestamptz(3)
      )
    `.execute(db)
    await sql`create index dead_letters_latest on dead_letters (organization_id, created_at desc)`.execute(db)
    await sql`create index dead_letters_event on dead_letters (event_id)`.execute(db)
    await sql`create sequence plugin_storage_version`.execute(db)
    await sql`
      create table plugin_storage (
        organization_id text not null references organizations (id),
        plugin_id text not null,
        key bytea not null,
        value text not null,
        version bigint not null default nextval('plugin_storage_version'),
        expires_at timestamptz(3),
        primary key (organization_id, plugin_id, key)
      )
    `.execute(db)
    await sql`
      create table plugin_tasks (
        installation_id text not null references installations (id) on delete cascade,
        task_id text not null,
        name text not null,
        cron text,
        timezone text,
        run_at timestamptz(3),
        args json,
        misfire text not null,
        overlap text not null,
        job_id uuid,
        next_run timestamptz(3),
        last_run timestamptz(3),
        last_error text,
        last_duration_ms double precision,
        runs integer not null default 0,
        failures integer not null default 0,
        primary key (installation_id, task_id)
      )
    `.execute(db)
    await sql`
      create table plugin_logs (
        id bigserial primary key,
        installation_id text not null references installations (id) on delete cascade,
        time timestamptz(3) not null,
        level text not null,
        message text not null,
        fields json not null
      )
    `.execute(db)
    await sql`create index plugin_logs_latest on plugin_logs (installation_id, id desc)`.execute(db)
  },
}
