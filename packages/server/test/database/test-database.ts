import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PGlite } from '@electric-sql/pglite'
import { extract } from 'tar'
import { type Database, openDatabase } from '../../src/database/client.js'
import { createPostgresDatabase } from './postgres-server.js'

/**
 * A database in memory with all tables. Creating an empty PostgreSQL takes seconds, so it is done once for each
 * version of PGlite and kept in the system's folder for temporary files. With `OPS_CENTER_TEST_POSTGRES`, the address
 * of a PostgreSQL server, it is a new database there.
 */
export async function openTestDatabase(): Promise<Database> {
  const server = process.env.OPS_CENTER_TEST_POSTGRES
  if (server !== undefined)
    return openDatabase({ dataDir: tmpdir(), databaseUrl: await createPostgresDatabase(server) })
  return openDatabase({ dataDir: tmpdir(), databaseUrl: 'memory:', initialFiles: await emptyDatabase() })
}

/** Where a server under test keeps its rows: in memory, or in a new database of `OPS_CENTER_TEST_POSTGRES`. */
export async function testDatabaseUrl(): Promise<string> {
  const server = process.env.OPS_CENTER_TEST_POSTGRES
  return server === undefined ? 'memory:' : createPostgresDatabase(server)
}

/** A database like that of {@link openTestDatabase}, without any table. */
export async function openEmptyDatabase(): Promise<Database> {
  const server = process.env.OPS_CENTER_TEST_POSTGRES
  const databaseUrl = server === undefined ? 'memory:' : await createPostgresDatabase(server)
  const files = server === undefined ? { initialFiles: await emptyDatabase() } : {}
  return openDatabase({ dataDir: tmpdir(), databaseUrl, migrate: false, ...files })
}

/** Puts an empty database into a data folder, so that a server starts in a moment. */
export async function fillDataFolder(folder: string): Promise<void> {
  await mkdir(join(folder, 'database'), { mode: 0o700 })
  const files = await emptyDatabase()
  await pipeline(Readable.fromWeb(files.stream()), extract({ cwd: join(folder, 'database') }))
}

async function emptyDatabase(): Promise<Blob> {
  const packageFile = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'))
  const { version }: { version: string } = JSON.parse(await readFile(packageFile, 'utf8'))
  const path = join(tmpdir(), `ops-center-empty-database-${version}.tar`)
  const kept = await readFile(path).catch(() => undefined)
  if (kept) return new Blob([new Uint8Array(kept)])
  const pglite = await PGlite.create('memory://')
  const files = await pglite.dumpDataDir('none')
  await pglite.close()
  // Written aside and renamed, because tests of other files run at the same time.
  const folder = await mkdtemp(join(tmpdir(), 'ops-center-test-'))
  await writeFile(join(folder, 'files'), Buffer.from(await files.arrayBuffer()))
  await rename(join(folder, 'files'), path)
  await rm(folder, { recursive: true })
  return files
}
