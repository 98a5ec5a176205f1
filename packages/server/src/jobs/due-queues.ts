import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from '../database/client.js'

export interface DueQueuesOptions {
  database: Pick<Database, 'kysely'>
  /** Those that are worked on here. */
  queues: () => Iterable<string>
  /** Something in a queue is due at this time, or was before. */
  onDue: (queue: string, time: Date) => void
  onError: (error: unknown) => void
  /** Milliseconds between two rounds. Default 10,000. */
  period?: number
}

const PERIOD_MS = 10_000

/**
 * Finds the queues in which something is due, or soon will be: should a wake-up be missed, its time be further ahead than
 * timers reach, or the node that had the timer be gone. One queue after the other, as a statement about several would
 * lock the tables of all there are; and seldom, so that an idle plugin costs next to nothing.
 */
export class DueQueues {
  readonly #options: DueQueuesOptions
  readonly #period: number
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>

  constructor(options: DueQueuesOptions) {
    this.#options = options
    this.#period = options.period ?? PERIOD_MS
    this.#done = this.#run()
  }

  /** Looks at one queue out of turn. Never fails. */
  async look(queue: string): Promise<void> {
    await this.#lookAtAll([queue])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#done
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await sleep(this.#period, undefined, { signal, ref: false }).catch(() => undefined)
      await this.#lookAtAll(this.#options.queues())
    }
  }

  /** Up to the first that cannot be looked at: the database is away. */
  async #lookAtAll(queues: Iterable<string>): Promise<void> {
    const { onDue, onError } = this.#options
    try {
      for (const queue of queues) {
        if (this.#stopping.signal.aborted) return
        const time = await this.#nextTime(queue)
        if (time) onDue(queue, time)
      }
    } catch (error) {
      onError(error)
    }
  }

  async #nextTime(queue: string): Promise<Date | undefined> {
    // A round may take its time: what is due before the end of the next is found by this one.
    const ahead = 2 * this.#period
    const { rows } = await sql<{ time: Date }>`
      select start_after as time from pgboss.job
      where name = ${queue} and state < 'active' and start_after <= now() + ${ahead} * interval '1 millisecond'
      order by start_after limit 1
    `.execute(this.#options.database.kysely)
    return rows[0]?.time
  }
}
