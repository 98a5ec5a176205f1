import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { createSoleLeases, type Leases } from './leases.js'
import { createListener, type Listener } from './listener.js'
import { migrate } from './migrate.js'
import { hearOwnChanges } from './own-changes.js'
import { createPostgresLeases } from './postgres-leases.js'
import { createPostgresSession } from './postgres-session.js'
import { PreparedStatements, preparingPool } from './prepared-statements.js'
import type { Schema } from './schema.js'
import { trySetting } from './session-settings.js'

/** How long a request waits for a free connection before it is answered with 503. */
const CONNECTION_WAIT_MS = 30_000

/** Runs SQL text as it is; without values the text may hold several statements. */
export type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: unknown[]; rowCount: number }>

/** The one database of a server. */
export interface Database {
  readonly kysely: Kysely<Schema>
  readonly engine: 'pglite' | 'postgres'
  readonly executeSql: ExecuteSql
  /** Calls `fn` with the payload of every `notify` on this channel, by whichever process; returns the undo. */
  listen(channel: string, fn: (payload: string) => void): Promise<() => Promise<void>>
  /**
   * Calls `fn` with false when notifications stop coming, as a connection is lost, and with true once they come again,
   * those in between missed; returns the undo.
   */
  onListening(fn: (isListening: boolean) => void): () => void
  notify(channel: string, payload: string): Promise<void>
  /** What one node at a time may do. */
  readonly leases: Leases
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Folder in which PGlite keeps its files, under `database/`. */
  dataDir: string
  /** `postgres://...`, or `memory:` for a PGlite that keeps nothing; default: PGlite in `dataDir`. */
  databaseUrl?: string | undefined
  /** Called when a connection is lost while nobody uses it; the next query opens another. */
  onError?: (error: Error) => void
  /** The files of a prepared PGlite database to start from, so that many tests need not create one each. */
  initialFiles?: Blob
  /** False leaves the tables as they are, for who fills an empty database from a backup. Default true. */
  migrate?: boolean
}

/**
 * Opens the database and brings its tables up to date.
 *
 * Both engines are reached through `pg`: the same types, the same errors, the same dialect. PGlite has a single
 * connection, so a pool of one also keeps other statements out of a transaction.
 *
 * @throws OpsError `database_unavailable` when it cannot be opened, `database_migration_failed` when it is newer
 * than this server or a migration fails.
 * @example const database = await openDatabase({ dataDir: '.ops-center' })
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const onError = options.onError ?? (() => undefined)
  const engine = /^postgres(ql)?:/.test(options.databaseUrl ?? '') ? 'postgres' : 'pglite'
  const opened = engine === 'postgres' ? await openPostgres(options, onError) : await openPglite(options)
  opened.pool.on('error', onError)
  hearOwnChanges(opened.pool, opened.listener.tell)
  const statements = engine === 'pglite' ? new PreparedStatements() : undefined
  const kysely = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: statements ? preparingPool(opened.pool, statements) : opened.pool }),
  })
  const close = async () => {
    await opened.leases.close()
    await opened.listener.close()
    await kysely.destroy()
    await opened.closeEngine()
  }
  try {
    if (options.migrate !== false) await migrate(kysely)
  } catch (error) {
    await close()
    throw error
  }
  const executeSql: ExecuteSql = async (text, values) => {
    // `pool.query` would close the connection when a statement fails, and PGlite's does not come back whole.
    const client = await opened.pool.connect()
    try {
      return answerOf(
        await (statements && values
          ? client.query(statements.config(text, values))
          : client.query(text, values)),
      )
    } catch (error) {
      // Several statements in one text may have begun a transaction.
      if (!values) await client.query('rollback').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  }
  return {
    kysely,
    engine,
    executeSql,
    leases: opened.leases,
    listen: (channel, fn) => opened.listener.listen(channel, fn),
    onListening: (fn) => opened.listener.onListening(fn),
    async notify(channel, payload) {
      await executeSql('select pg_notify($1, $2)', [channel, payload])
    },
    close,
  }
}

/**
 * {@link Database.executeSql} inside a transaction of Kysely.
 *
 * @example await boss.insert(jobs, { db: { executeSql: executeSqlIn(trx) } })
 */
export function executeSqlIn(trx: Transaction<Schema>): ExecuteSql {
  return async (text, values) => {
    const { rows, numAffectedRows } = await trx.executeQuery(CompiledQuery.raw(text, values ?? []))
    return {
      rows: rows ?? [],
      rowCount: numAffectedRows === undefined ? (rows?.length ?? 0) : Number(numAffectedRows),
    }
  }
}

interface OpenedEngine {
  pool: pg.Pool
  leases: Leases
  listener: Listener
  closeEngine(): Promise<void>
}

async function openPostgres(
  { databaseUrl }: DatabaseOptions,
  onError: (e: Error) => void,
): Promise<OpenedEngine> {
  const settings = { connectionString: databaseUrl, application_name: 'ops-center', keepAlive: true }
  const quick = { ...settings, connectionTimeoutMillis: 5_000 }
  const probe = new pg.Client(quick)
  try {
    await probe.connect()
    await probe.end()
  } catch (cause) {
    throw unavailable(`Cannot reach the database of DATABASE_URL (${connectionProblem(cause)})`, cause)
  }
  const session = createPostgresSession(quick, onError)
  const pool = new pg.Pool({
    ...settings,
    max: 10,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    // What a node that froze or vanished had locked must not be locked for ever.
    onConnect: (client) => trySetting(client, `set idle_in_transaction_session_timeout = '1min'`),
  })
  // The pool hears those that nobody uses. One between two queries of a transaction would end the server.
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return {
    pool,
    leases: createPostgresLeases({ settings: quick, onError }),
    listener: createListener(session),
    closeEngine: () => session.close(),
  }
}

/** Node reports a refused connection to several addresses as an error without a message of its own. */
function connectionProblem(cause: unknown): string {
  return cause instanceof AggregateError ? cause.errors.map(errorMessage).join(', ') : errorMessage(cause)
}

async function openPglite({ dataDir, databaseUrl, initialFiles }: DatabaseOptions): Promise<OpenedEngine> {
  const folder = databaseUrl === undefined ? join(dataDir, 'database') : undefined
  const pglite = await startPglite(folder, initialFiles)
  const pool = new pg.Pool({
    ...createPgConfig(pglite),
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
  })
  const listener = createListener({
    run: async (text) => {
      await pool.query(text)
    },
    onNotification: (fn) => pglite.onNotification(fn),
    onListening: () => () => undefined,
  })
  return { pool, listener, leases: createSoleLeases(), closeEngine: () => pglite.close() }
}

async function startPglite(folder: string | undefined, initialFiles: Blob | undefined): Promise<PGlite> {
  try {
    if (folder !== undefined) await mkdir(folder, { recursive: true, mode: 0o700 })
    return await PGlite.create({
      dataDir: folder ?? 'memory://',
      ...(initialFiles === undefined ? {} : { loadDataDir: initialFiles }),
    })
  } catch (cause) {
    throw unavailable(`Cannot open the database in ${folder ?? 'memory'} (${errorMessage(cause)})`, cause)
  }
}

function unavailable(message: string, cause: unknown): OpsError {
  return new OpsError('database_unavailable', message, { cause })
}

/** Several statements give several results; like `psql`, the last one counts. */
function answerOf(result: pg.QueryResult | pg.QueryResult[]): { rows: unknown[]; rowCount: number } {
  const last = Array.isArray(result) ? result.at(-1) : result
  return { rows: last?.rows ?? [], rowCount: last?.rowCount ?? 0 }
}
