import { sql } from 'kysely'
import type { Database } from '../database/client.js'

export interface DueQueuesOptions {
  database: Pick<Database, 'kysely'>
  /** Those that are worked on here. */
  queues: () => Iterable<string>
  /** Something in a queue is due at this time, or was before. */
  onDue: (queue: string, time: Date) => void
  onError: (error: unknown) => void
}

const LOOK_MS = 5_000

/**
 * Finds the queues in which something is due, or will be before it looks again: should a wake-up be missed, its time be
 * further ahead than timers reach, or the node that had the timer be gone. One look for all of them: an idle plugin
 * costs next to nothing.
 */
export class DueQueues {
  readonly #options: DueQueuesOptions
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> | undefined

  constructor(options: DueQueuesOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      this.#looking ??= this.look([...options.queues()]).finally(() => {
        this.#looking = undefined
      })
    }, LOOK_MS).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** Never fails. */
  async look(names: readonly string[]): Promise<void> {
    const { database, onDue, onError } = this.#options
    if (names.length === 0) return
    try {
      const { rows } = await sql<{ name: string; time: Date }>`
        select queue.name, due.time from unnest(${[...names]}::text[]) as queue (name)
        cross join lateral (
          select start_after as time from pgboss.job
          where job.name = queue.name and state < 'active'
            and start_after <= now() + ${LOOK_MS} * interval '1 millisecond'
          order by start_after limit 1
        ) as due
      `.execute(database.kysely)
      for (const { name, time } of rows) onDue(name, time)
    } catch (error) {
      onError(error)
    }
  }
}
