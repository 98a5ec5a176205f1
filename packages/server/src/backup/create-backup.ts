import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { OpsError } from '@ops-center/plugin-sdk'
import { type Kysely, sql, type Transaction } from 'kysely'
import { create } from 'tar'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import { SERVER_VERSION } from '../server-version.js'
import { BACKUP_FORMAT, type BackupManifest, JOBS_TABLE, MANIFEST_NAME, tableFile } from './backup-format.js'

const ROWS_AT_ONCE = 500
/** Packages are large, and one of them at a time is enough to have in memory. */
const LARGE_ROWS = 'public.package_files'
const WAITING = sql`state < 'completed' and name not like '\\_\\_pgboss%'`

/**
 * Writes everything that a database holds, as it is at one moment, into a `.tar.gz` that both engines can be restored
 * from. The file appears complete or not at all.
 *
 * @example await createBackup(database, 'ops-center-2026-01-27.tar.gz')
 */
export async function createBackup({ kysely }: Database, file: string): Promise<BackupManifest> {
  const target = resolve(file)
  const folder = await mkdtemp(join(tmpdir(), 'ops-center-backup-'))
  const unfinished = `${target}.unfinished`
  try {
    await mkdir(join(folder, 'tables'))
    const manifest = await kysely
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute((trx) => writeTables(trx, folder))
    await writeFile(join(folder, MANIFEST_NAME), JSON.stringify(manifest, null, 2))
    await mkdir(dirname(target), { recursive: true })
    // Keys, secrets of webhooks and configurations of plugins are in it.
    await writeFile(unfinished, '', { mode: 0o600 })
    await create({ gzip: true, cwd: folder, file: unfinished, portable: true }, [MANIFEST_NAME, 'tables'])
    await rename(unfinished, target)
    return manifest
  } finally {
    await rm(unfinished, { force: true })
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeTables(trx: Transaction<Schema>, folder: string): Promise<BackupManifest> {
  const migration = await lastMigration(trx)
  const names = await tablesInOrder(trx)
  const tables: BackupManifest['tables'] = []
  for (const name of names) tables.push({ name, rows: await writeTable(trx, name, folder, sql`true`) })
  tables.push({ name: JOBS_TABLE, rows: await writeTable(trx, JOBS_TABLE, folder, WAITING) })
  const { rows: sequences } = await sql<{ name: string; value: string }>`
    select sequencename as name, last_value::text as value from pg_sequences
    where schemaname = 'public' and last_value is not null order by 1
  `.execute(trx)
  const { rows: queues } = await sql<{ name: string }>`
    select name from pgboss.queue where name not like '\\_\\_pgboss%' order by 1
  `.execute(trx)
  return {
    format: BACKUP_FORMAT,
    version: SERVER_VERSION,
    created_at: new Date().toISOString(),
    migration,
    tables,
    sequences,
    queues: queues.map(({ name }) => name),
  }
}

/** @throws OpsError `backup_empty` for a database that no server has used. */
async function lastMigration(db: Kysely<Schema>): Promise<string> {
  const { rows: used } = await sql<{ isUsed: boolean }>`
    select to_regclass('public.kysely_migration') is not null and to_regclass('pgboss.job') is not null as "isUsed"
  `.execute(db)
  if (!used[0]?.isUsed) {
    throw new OpsError('backup_empty', 'There is nothing to back up: no server has used this database yet')
  }
  const { rows } = await sql<{ name: string }>`
    select name from kysely_migration order by name desc limit 1
  `.execute(db)
  return rows[0]?.name ?? ''
}

/** Every table, after those that it refers to. */
async function tablesInOrder(db: Kysely<Schema>): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely\\_%' order by 1
  `.execute(db)
  const { rows: references } = await sql<{ name: string; needs: string }>`
    select conrelid::regclass::text as name, confrelid::regclass::text as needs
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid
  `.execute(db)
  const waiting = new Set(tables.map(({ name }) => name))
  const ordered: string[] = []
  while (waiting.size > 0) {
    const ready = [...waiting].filter((name) =>
      references.every((reference) => reference.name !== name || !waiting.has(reference.needs)),
    )
    if (ready.length === 0)
      throw new Error(`Tables refer to each other in a circle: ${[...waiting].join(', ')}`)
    for (const name of ready) waiting.delete(name)
    ordered.push(...ready)
  }
  return ordered.map((name) => `public.${name}`)
}

async function writeTable(
  trx: Transaction<Schema>,
  table: string,
  folder: string,
  where: ReturnType<typeof sql>,
): Promise<number> {
  let count = 0
  const size = table === LARGE_ROWS ? 1 : ROWS_AT_ONCE
  await sql`declare backup no scroll cursor for
    select row_to_json(source)::text as line from ${sql.table(table)} as source where ${where}`.execute(trx)
  async function* lines() {
    for (;;) {
      const { rows } = await sql<{ line: string }>`fetch ${sql.lit(size)} from backup`.execute(trx)
      if (rows.length === 0) return
      count += rows.length
      // Between the parts of JSON a line break means nothing; within its texts there is none.
      yield rows.map(({ line }) => `${line.replaceAll('\n', ' ')}\n`).join('')
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, tableFile(table))))
  await sql`close backup`.execute(trx)
  return count
}
