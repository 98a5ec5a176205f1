import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.js'
import { restoreBackup } from '../../src/backup/restore-backup.js'
import type { Database } from '../../src/database/client.js'
import { Jobs } from '../../src/jobs/jobs.js'
import { openEmptyDatabase, openTestDatabase } from '../database/test-database.js'

let folder: string
let file: string
let opened: Database[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ops-backup-test-'))
  file = join(folder, 'backups', 'today.tar.gz')
})
afterEach(async () => {
  await Promise.all(opened.map((database) => database.close()))
  opened = []
  await rm(folder, { recursive: true })
})

async function open(make: () => Promise<Database>): Promise<Database> {
  const database = await make()
  opened.push(database)
  return database
}

/** A database as a server leaves it, with a bit of everything that is hard to carry over. */
async function usedDatabase(): Promise<Database> {
  const database = await open(openTestDatabase)
  const jobs = await Jobs.start({ database, onError: () => undefined })
  await jobs.createQueue('tasks-x')
  const runAt = new Date(Date.now() + 3_600_000)
  const id = '019c0000-0000-7000-8000-000000000001'
  await database.kysely
    .transaction()
    .execute((trx) => jobs.insert(trx, [{ queue: 'tasks-x', id, data: { of: 'a task' }, runAt }]))
  await jobs.stop()
  await database.executeSql(`
    insert into devices (organization_id, id, name, type, status, metadata, configuration)
    values ('default', 'd', E'two\nlines "quoted" \\\\ 𝄞', 't', 'online', '{"a":  1.50, "b": "x\\ny", "c": [1e400]}', '{}');
    insert into device_metrics (organization_id, device_id, metrics, timestamp)
    select 'default', 'd', '{"cpu": 1}', now() from generate_series(1, 1200);
    insert into package_files (checksum, bytes) values ('c', '\\x00ff0a0d22'::bytea);
    insert into plugin_storage (organization_id, plugin_id, key, value) values ('default', 'p', '\\x00', '{"n": 1}');
  `)
  return database
}

async function contentOf({ executeSql }: Database): Promise<unknown> {
  const tables = ['organizations', 'users', 'devices', 'device_metrics', 'package_files', 'plugin_storage']
  const contents: Record<string, unknown> = {}
  for (const table of tables) {
    contents[table] = (await executeSql(`select t::text as row from ${table} as t order by 1`)).rows
  }
  contents.jobs = (
    await executeSql('select name, id, data, state, start_after from pgboss.job where name = $1', ['tasks-x'])
  ).rows
  return contents
}

describe('a backup', () => {
  it('brings back every row and every waiting job into an empty database', async () => {
    const source = await usedDatabase()
    await createBackup(source, file)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const target = await open(openEmptyDatabase)
    await restoreBackup(target, file)
    expect(await contentOf(target)).toEqual(await contentOf(source))
    // What is numbered goes on where it was.
    const insert = `insert into device_metrics (organization_id, device_id, metrics, timestamp)
      values ('default', 'd', '{}', now()) returning id::int`
    expect((await target.executeSql(insert)).rows).toEqual([{ id: 1_201 }])
  })

  it('is not written over a database that is in use', async () => {
    const source = await usedDatabase()
    await createBackup(source, file)
    await expect(restoreBackup(source, file)).rejects.toMatchObject({ code: 'restore_not_empty' })
    expect(await contentOf(source)).toMatchObject({ devices: [{}] })
  })

  it('of a database that nobody used is refused, and nothing is left', async () => {
    const database = await open(openEmptyDatabase)
    await expect(createBackup(database, file)).rejects.toMatchObject({ code: 'backup_empty' })
    expect(await readdir(folder)).toEqual([])
  })

  it('is told from other files', async () => {
    const database = await open(openEmptyDatabase)
    const other = join(folder, 'other.tar.gz')
    await writeFile(other, 'not an archive')
    for (const path of [other, join(folder, 'missing.tar.gz')]) {
      await expect(restoreBackup(database, path)).rejects.toMatchObject({ code: 'backup_invalid' })
    }
  })
})
