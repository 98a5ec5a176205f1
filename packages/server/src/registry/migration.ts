import { type Kysely, type Migration, sql } from 'kysely'

/** Published plugins, their versions and packages, and what people did with them. */
export const registryMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table plugins (
        id text primary key,
        organization_id text not null references organizations (id),
        name text not null,
        description text not null,
        category text not null,
        type text not null,
        author text not null,
        license text,
        homepage text,
        repository text,
        documentation text,
        keywords json not null,
        pricing json,
        latest_version text,
        latest_prerelease text,
        search tsvector not null,
        downloads integer not null default 0,
        installs integer not null default 0,
        rating_total integer not null default 0,
        rating_count integer not null default 0,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now()
      )
    `.execute(db)
    await sql`create index plugins_search on plugins using gin (search)`.execute(db)
    await sql`
      create table package_files (
        checksum text primary key,
        bytes bytea not null
      )
    `.execute(db)
    // Packages are compressed already, and uncompressed values can be read piece by piece.
    await sql`alter table package_files alter column bytes set storage external`.execute(db)
    await sql`
      create table plugin_versions (
        plugin_id text not null references plugins (id),
        version text not null,
        manifest json not null,
        checksum text not null references package_files (checksum),
        size integer not null,
        changelog text,
        signature text,
        signed_by text,
        downloads integer not null default 0,
        published_by text not null,
        published_at timestamptz(3) not null default now(),
        deprecated_at timestamptz(3),
        deprecation_message text,
        yanked_at timestamptz(3),
        primary key (plugin_id, version)
      )
    `.execute(db)
    await sql`
      create table plugin_installs (
        id bigint generated always as identity primary key,
        plugin_id text not null references plugins (id),
        organization_id text not null references organizations (id),
        version text not null,
        installed_at timestamptz(3) not null default now()
      )
    `.execute(db)
    await sql`create index plugin_installs_plugin on plugin_installs (plugin_id, organization_id)`.execute(db)
    await sql`create index plugin_installs_time on plugin_installs (installed_at)`.execute(db)
    await sql`
      create table plugin_reviews (
        plugin_id text not null references plugins (id),
        organization_id text not null references organizations (id),
        author_id text not null,
        id text not null unique,
        author text not null,
        rating integer not null,
        title text,
        comment text,
        version text not null,
        created_at timestamptz(3) not null default now(),
        updated_at timestamptz(3) not null default now(),
        primary key (plugin_id, organization_id, author_id)
      )
    `.execute(db)
  },
}
