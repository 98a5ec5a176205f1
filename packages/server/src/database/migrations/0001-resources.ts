import { type Kysely, type Migration, sql } from 'kysely'

/** Rows are keyed by organization first, so the same id in two organizations is two rows that never meet. */
export const resourcesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table organizations (
        id text primary key,
        name text not null,
        created_at timestamptz(3) not null default now()
      )
    `.execute(db)
    await sql`insert into organizations (id, name) values ('default', 'Default')`.execute(db)
    await sql`
      create table users (
        organization_id text not null references organizations (id),
        id text not null,
        email text not null,
        name text,
        role text not null,
        status text not null,
        last_login timestamptz(3),
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, id)
      )
    `.execute(db)
    await sql`create unique index users_email on users (organization_id, lower(email))`.execute(db)
    await sql`
      insert into users (organization_id, id, email, name, role, status)
      values ('default', 'admin', 'admin@localhost', 'Administrator', 'admin', 'active')
    `.execute(db)
    await sql`
      create table api_keys (
        organization_id text not null references organizations (id),
        id text not null,
        name text not null,
        prefix text not null unique,
        hash text not null,
        scopes json not null,
        user_id text,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at timestamptz(3),
        primary key (organization_id, id)
      )
    `.execute(db)
    await sql`
      create table devices (
        organization_id text not null references organizations (id),
        id text not null,
        name text not null,
        type text not null,
        status text not null,
        ip_address text,
        metadata json not null,
        configuration json not null,
        last_seen timestamptz(3),
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (organization_id, id)
      )
    `.execute(db)
    await sql`create index devices_created on devices (organization_id, created_at, id)`.execute(db)
    await sql`
      create table device_metrics (
        id bigint generated always as identity primary key,
        organization_id text not null,
        device_id text not null,
        metrics json not null,
        timestamp timestamptz(3) not null,
        foreign key (organization_id, device_id) references devices (organization_id, id) on delete cascade
      )
    `.execute(db)
    await sql`
      create index device_metrics_time on device_metrics (organization_id, device_id, timestamp, id)
    `.execute(db)
    await sql`
      create table alerts (
        organization_id text not null references organizations (id),
        id text not null,
        title text not null,
        message text,
        severity text not null,
        status text not null,
        device_id text,
        metadata json not null,
        created_by text,
        created_at timestamptz(3) not null default now(),
        acknowledged_at timestamptz(3),
        acknowledged_by text,
        resolved_at timestamptz(3),
        resolved_by text,
        primary key (organization_id, id)
      )
    `.execute(db)
    await sql`create index alerts_created on alerts (organization_id, created_at, id)`.execute(db)
    await sql`create index alerts_device on alerts (organization_id, device_id)`.execute(db)
    await sql`
      create table idempotency_keys (
        organization_id text not null,
        principal_id text not null,
        key text not null,
        fingerprint text not null,
        status integer,
        location text,
        body json,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, principal_id, key)
      )
    `.execute(db)
    await sql`create index idempotency_keys_created on idempotency_keys (created_at)`.execute(db)
  },
}
