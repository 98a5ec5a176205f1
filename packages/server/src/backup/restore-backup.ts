import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { sql, type Transaction } from 'kysely'
import { extract } from 'tar'
import type { Database } from '../database/client.js'
import { migrate } from '../database/migrate.js'
import { MIGRATIONS } from '../database/migrations/index.js'
import type { Schema } from '../database/schema.js'
import { Jobs } from '../jobs/jobs.js'
import { type BackupManifest, backupManifest, JOBS_TABLE, MANIFEST_NAME, tableFile } from './backup-format.js'

const MAX_BATCH_CHARACTERS = 4_000_000

/**
 * Fills an empty database from a backup of this or an older version, and brings its tables up to date.
 *
 * @param database Opened without migrating it.
 * @throws OpsError `restore_not_empty`, or `backup_invalid` when the file is no backup, damaged or of a newer version.
 * No row of it is kept then.
 */
export async function restoreBackup(database: Database, file: string): Promise<BackupManifest> {
  const folder = await mkdtemp(join(tmpdir(), 'ops-center-restore-'))
  try {
    const manifest = await unpack(file, folder)
    if (!Object.hasOwn(MIGRATIONS, manifest.migration)) {
      throw new OpsError(
        'backup_invalid',
        `${file} was written by Ops-Center ${manifest.version}, which is newer than this one: update this one first`,
      )
    }
    await requireEmpty(database)
    await migrate(database.kysely, manifest.migration)
    // Queues and jobs belong to pg-boss, which makes its own tables.
    const jobs = await Jobs.start({ database, onError: () => undefined })
    try {
      for (const queue of manifest.queues) await jobs.createQueue(queue)
      await database.kysely.transaction().execute((trx) => fill(trx, manifest, folder))
    } finally {
      await jobs.stop()
    }
    await migrate(database.kysely)
    return manifest
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function unpack(file: string, folder: string): Promise<BackupManifest> {
  try {
    await extract({ file, cwd: folder, strict: true, preserveOwner: false })
    return backupManifest.parse(JSON.parse(await readFile(join(folder, MANIFEST_NAME), 'utf8')))
  } catch (cause) {
    throw new OpsError('backup_invalid', `${file} is not a backup of Ops-Center (${errorMessage(cause)})`, {
      cause,
    })
  }
}

async function requireEmpty({ kysely }: Database): Promise<void> {
  const { rows } = await sql<{ used: string | null }>`
    select to_regclass('public.kysely_migration')::text as used
  `.execute(kysely)
  if (rows[0]?.used === null) return
  throw new OpsError(
    'restore_not_empty',
    'The database is in use already: restore into a new data folder (--data-dir) or an empty database (DATABASE_URL)',
  )
}

async function fill(trx: Transaction<Schema>, manifest: BackupManifest, folder: string): Promise<void> {
  const own = manifest.tables.filter(({ name }) => name !== JOBS_TABLE)
  // Migrations leave rows of their own, such as the first organization.
  await sql`truncate ${sql.join(own.map(({ name }) => sql.table(name)))}`.execute(trx)
  for (const { name, rows } of manifest.tables) {
    const count = await fillTable(trx, name, join(folder, tableFile(name)))
    if (count !== rows) {
      throw new OpsError(
        'backup_invalid',
        `The backup has ${count} rows of ${name}, expected ${rows}: it is damaged`,
      )
    }
  }
  for (const { name, value } of manifest.sequences) {
    await sql`select setval(${`public.${name}`}::regclass, ${value}::bigint)`.execute(trx)
  }
}

async function fillTable(trx: Transaction<Schema>, table: string, file: string): Promise<number> {
  let batch: string[] = []
  let characters = 0
  let count = 0
  const write = async () => {
    if (batch.length === 0) return
    await sql`
      insert into ${sql.table(table)} overriding system value
      select * from json_populate_recordset(null::${sql.table(table)}, ${`[${batch.join(',')}]`}::json)
    `.execute(trx)
    batch = []
    characters = 0
  }
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    batch.push(line)
    count += 1
    characters += line.length
    if (characters > MAX_BATCH_CHARACTERS) await write()
  }
  await write()
  return count
}
