import { sql } from 'kysely'
import type { Database } from '../database/client.js'

export interface DueQueuesOptions {
  database: Pick<Database, 'kysely'>
  /** Those that are worked on here. */
  queues: () => Iterable<string>
  wake: (queue: string) => void
  onError: (error: unknown) => void
}

const LOOK_MS = 5_000

/**
 * Wakes the queues in which something is due, should a wake-up be missed, or its time be further ahead than timers
 * reach. One look for all of them: an idle plugin costs next to nothing.
 */
export class DueQueues {
  readonly #options: DueQueuesOptions
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> | undefined

  constructor(options: DueQueuesOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined
      })
    }, LOOK_MS).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  async #look(): Promise<void> {
    const { database, queues, wake, onError } = this.#options
    const names = [...queues()]
    if (names.length === 0) return
    try {
      const { rows } = await sql<{ name: string }>`
        select queue.name from unnest(${names}::text[]) as queue (name)
        cross join lateral (
          select from pgboss.job
          where job.name = queue.name and state < 'active' and start_after <= now()
          limit 1
        ) as due
      `.execute(database.kysely)
      for (const { name } of rows) wake(name)
    } catch (error) {
      onError(error)
    }
  }
}
