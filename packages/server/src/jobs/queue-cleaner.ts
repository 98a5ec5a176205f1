import type { Database } from '../database/client.js'

/** After so many jobs that came or went, a queue's table is vacuumed and analyzed. */
const CHANGES = 20_000
/** The same for the first time: without statistics the database sorts all that waits to find what comes next. */
const FIRST_CHANGES = 1_000

/**
 * Vacuums the tables of busy queues. What is removed stays in their indexes until then, where every look at the queue
 * has to pass it: PGlite never does it by itself, PostgreSQL once a minute at best.
 */
export class QueueCleaner {
  readonly #database: Database
  readonly #onError: (error: unknown) => void
  readonly #changes = new Map<string, number>()
  readonly #cleaned = new Set<string>()
  #working: Promise<void> = Promise.resolve()

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database
    this.#onError = onError
  }

  /** Notes that jobs came or went. */
  count(queue: string, jobs: number): void {
    const changes = (this.#changes.get(queue) ?? 0) + jobs
    const isEnough = changes >= (this.#cleaned.has(queue) ? CHANGES : FIRST_CHANGES)
    this.#changes.set(queue, isEnough ? 0 : changes)
    if (!isEnough) return
    this.#cleaned.add(queue)
    this.#working = this.#working
      .then(() => this.#vacuum(queue))
      .catch((error: unknown) => {
        if (!isGone(error)) this.#onError(error)
      })
  }

  forget(queue: string): void {
    this.#changes.delete(queue)
    this.#cleaned.delete(queue)
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#working
  }

  async #vacuum(queue: string): Promise<void> {
    const { executeSql } = this.#database
    const { rows } = await executeSql(
      `select format('vacuum (analyze) pgboss.%I', partition_name) as command from pgboss.queue where name = $1`,
      [queue],
    )
    for (const row of rows) {
      if (typeof row === 'object' && row !== null && 'command' in row) await executeSql(String(row.command))
    }
  }
}

/** Whether the queue was deleted in the meantime: PostgreSQL's `undefined_table`. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01'
}
