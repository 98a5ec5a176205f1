import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type pg from 'pg'

/** Statements that are kept prepared; those that come later are parsed each time, as all were without this. */
const MAX_PREPARED = 256

/** Characters: longer ones have a place for each of many values, and are seldom seen again just so. */
const LONGEST = 4_000

/**
 * Has PGlite parse and plan a statement once and not at each use, which costs it more than most statements do. For its
 * one connection only: tables do not change under a running server there, and nobody sits in between who would hand a
 * statement to another session.
 */
export class PreparedStatements {
  /** By text; those that were seen once have no name yet: many texts are never seen again. */
  readonly #names = new Map<string, string | undefined>()
  #prepared = 0

  /** What to send for a statement with values. */
  config(text: string, values: readonly unknown[]): pg.QueryConfig {
    const name = this.#nameOf(text)
    const config = { text, values: [...values] }
    return name === undefined ? config : { ...config, name }
  }

  #nameOf(text: string): string | undefined {
    if (text.length > LONGEST) return undefined
    const known = this.#names.get(text)
    if (known !== undefined || this.#prepared >= MAX_PREPARED) return known
    if (!this.#names.has(text)) {
      if (this.#names.size >= 4 * MAX_PREPARED) this.#forgetUnnamed()
      this.#names.set(text, undefined)
      return undefined
    }
    this.#prepared += 1
    const name = `s${this.#prepared}`
    this.#names.set(text, name)
    return name
  }

  #forgetUnnamed(): void {
    for (const [text, name] of this.#names) if (name === undefined) this.#names.delete(text)
  }
}

/** Those whose count of rows Kysely passes on, and one for all others. */
const COMMANDS = ['DELETE', 'INSERT', 'MERGE', 'UPDATE', 'SELECT'] as const

/** A pool for Kysely whose statements are prepared. */
export function preparingPool(pool: pg.Pool, statements: PreparedStatements): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect()
      return { query: preparedQuery(client, statements), release: () => client.release() }
    },
    end: () => pool.end(),
  }
}

function preparedQuery(client: pg.PoolClient, statements: PreparedStatements): PostgresPoolClient['query'] {
  function query<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>>
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>
  function query<Row>(
    text: string | PostgresCursor<Row>,
    values: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<Row>> | PostgresCursor<Row> {
    if (typeof text !== 'string') throw new TypeError('Cursors are not prepared')
    return client.query(statements.config(text, values)).then(({ command, rowCount, rows }) => ({
      command: COMMANDS.find((known) => known === command) ?? 'SELECT',
      rowCount: rowCount ?? 0,
      rows,
    }))
  }
  return query
}
