import { type Kysely, type Migration, sql } from 'kysely'

/** Webhooks and what was sent to them. */
export const webhooksMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table webhooks (
        organization_id text not null references organizations (id),
        id text not null,
        url text not null,
        events json not null,
        status text not null,
        status_reason text,
        secret text not null,
        former_secret text,
        former_secret_until timestamptz(3),
        failures integer not null default 0,
        created_at timestamptz(3) not null default now(),
        primary key (organization_id, id)
      )
    `.execute(db)
    await sql`
      create table webhook_deliveries (
        id uuid primary key,
        organization_id text not null,
        webhook_id text not null,
        event_id uuid,
        event text not null,
        body text,
        status text not null,
        attempts integer not null default 0,
        status_code integer,
        error text,
        created_at timestamptz(3) not null default now(),
        delivered_at timestamptz(3),
        next_attempt_at timestamptz(3),
        foreign key (organization_id, webhook_id) references webhooks (organization_id, id) on delete cascade
      )
    `.execute(db)
    await sql`
      create index webhook_deliveries_latest on webhook_deliveries (organization_id, webhook_id, id desc)
    `.execute(db)
    await sql`create index webhook_deliveries_time on webhook_deliveries (created_at)`.execute(db)
  },
}
