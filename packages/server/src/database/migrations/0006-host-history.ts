import { type Kysely, type Migration, sql } from 'kysely'

/** What an operator looks back at: runs of tasks, filters that were skipped; and what each plugin's storage takes. */
export const hostHistoryMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table events add column published_by text`.execute(db)
    await sql`
      create table plugin_task_runs (
        id uuid primary key,
        installation_id text not null references installations (id) on delete cascade,
        task_id text not null,
        name text not null,
        args json,
        trigger text not null,
        outcome text not null,
        error text,
        scheduled_for timestamptz(3) not null,
        created_at timestamptz(3) not null default now(),
        started_at timestamptz(3),
        finished_at timestamptz(3),
        duration_ms double precision,
        job_id uuid
      )
    `.execute(db)
    await sql`create index plugin_task_runs_latest on plugin_task_runs (installation_id, task_id, id desc)`.execute(
      db,
    )
    await sql`create index plugin_task_runs_time on plugin_task_runs (created_at)`.execute(db)
    await sql`
      create index plugin_task_runs_open on plugin_task_runs (installation_id, task_id)
      where outcome in ('queued', 'running')
    `.execute(db)
    await sql`
      create table plugin_filter_records (
        installation_id text not null references installations (id) on delete cascade,
        filter text not null,
        handler text not null,
        asked bigint not null default 0,
        skipped bigint not null default 0,
        last_skipped_at timestamptz(3),
        last_error text,
        primary key (installation_id, filter, handler)
      )
    `.execute(db)
    await sql`
      create table plugin_storage_usage (
        organization_id text not null references organizations (id),
        plugin_id text not null,
        bytes bigint not null default 0,
        keys bigint not null default 0,
        primary key (organization_id, plugin_id)
      )
    `.execute(db)
    await sql`
      insert into plugin_storage_usage (organization_id, plugin_id, bytes, keys)
      select organization_id, plugin_id, sum(octet_length(key) + octet_length(value)), count(*)
      from plugin_storage group by 1, 2
    `.execute(db)
  },
}
