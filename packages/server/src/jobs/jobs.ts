import { type RawBuilder, sql, type Transaction } from 'kysely'
import PgBoss from 'pg-boss'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import { BatchPace } from './batch-pace.js'
import { createQueue } from './create-queue.js'
import { DueQueues } from './due-queues.js'
import { holdQueue } from './hold-queue.js'
import { insertJobs, RETENTION_DAYS } from './insert-jobs.js'
import { leaveUnknownForms } from './job-form.js'
import { JobWorker, type JobWorkerOptions } from './job-worker.js'
import { QueueCleaner } from './queue-cleaner.js'
import { countWaiting, giveBack, peekJobs, type SomeJobs, takeJobs } from './queue-rows.js'
import { WakeTimers } from './wake-timers.js'

/** A job that is being worked on. `id` is a UUID, unique within its queue. */
export interface Job<Data = Record<string, unknown>> {
  id: string
  data: Data
}

export interface NewJob {
  queue: string
  /** A UUID; a job whose id is already queued is not queued again. Default: a new one. */
  id?: string | undefined
  data?: Record<string, unknown>
  /** Default: at once. */
  runAt?: Date | undefined
}

export interface JobWork<Data> {
  /** The newest form of its data that `handle` reads, see `job-form.ts`. Default 1. */
  newestForm?: number
  /** Most jobs in one batch. Default 1. */
  maxBatch?: number
  /** Batches under way at the same time. Default 1. */
  workers?: number
  /** Which jobs. Default: all. */
  only?: SomeJobs
  /** Other jobs of the queue, with a worker of their own: they never wait behind these. */
  beside?: JobDrain<Data>
  /** Jobs that are not removed when this returns or throws come back once they expire. */
  handle: (jobs: Job<Data>[], signal: AbortSignal) => Promise<void>
}

export interface JobDrain<Data>
  extends Pick<JobWorkerOptions<Job<Data>>, 'count' | 'handle'>,
    Pick<JobWork<Data>, 'newestForm' | 'only'> {}

/** A worker on one queue. */
export interface QueueWorker {
  stop(): Promise<void>
}

export interface JobsOptions {
  database: Database
  onError: (error: unknown) => void
}

const CHANNEL = 'ops_center_jobs'

type RunningWorker = Pick<JobWorker<unknown>, 'wake' | 'stop'>

/** The one queue and clock of the platform; nothing else imports pg-boss. */
export class Jobs {
  readonly #boss: PgBoss
  readonly #database: Database
  readonly #onError: (error: unknown) => void
  readonly #workers = new Map<string, readonly RunningWorker[]>()
  readonly #stops = new Set<() => Promise<void>>()
  readonly #timers = new WakeTimers((queue) => this.#wake(queue))
  readonly #cleaner: QueueCleaner
  readonly #due: DueQueues
  #changing: Promise<void> = Promise.resolve()
  #unlisten: () => Promise<void> = async () => undefined

  private constructor(options: JobsOptions) {
    this.#database = options.database
    this.#onError = options.onError
    this.#cleaner = new QueueCleaner(options.database, options.onError)
    this.#due = new DueQueues({
      ...options,
      queues: () => this.#workers.keys(),
      onDue: (queue, time) => (time > new Date() ? this.#timers.add(queue, time) : this.#wake(queue)),
    })
    this.#boss = new PgBoss({
      db: options.database,
      schedule: false,
      maintenanceIntervalSeconds: 15,
      archiveCompletedAfterSeconds: 60,
      deleteAfterDays: 1,
      retentionDays: RETENTION_DAYS,
    })
    this.#boss.on('error', options.onError)
  }

  /** Starts pg-boss and listens for wake-ups from every node. */
  static async start(options: JobsOptions): Promise<Jobs> {
    const jobs = new Jobs(options)
    try {
      await jobs.#boss.start()
      jobs.#unlisten = await options.database.listen(CHANNEL, (queue) => jobs.#wake(queue))
    } catch (error) {
      await jobs.stop().catch(options.onError)
      throw error
    }
    return jobs
  }

  /** Creates a queue, if it is not there already. */
  createQueue(queue: string): Promise<void> {
    return this.createQueues([queue], async () => undefined)
  }

  /** Creates queues in one transaction with what they are for: a server that is killed leaves both or neither. */
  createQueues<Result>(
    queues: readonly string[],
    work: (trx: Transaction<Schema>) => Promise<Result>,
  ): Promise<Result> {
    return this.#oneByOne(() =>
      this.#database.kysely.transaction().execute(async (trx) => {
        for (const queue of queues) await createQueue(trx, queue)
        return work(trx)
      }),
    )
  }

  /** Removes a queue and every job in it. */
  deleteQueue(queue: string): Promise<void> {
    this.#cleaner.forget(queue)
    return this.#oneByOne(async () => {
      await this.#database.executeSql('delete from pgboss.job where name = $1', [queue])
      await this.#boss.deleteQueue(queue)
    })
  }

  /** What waits in a queue for its turn or its time; a job may stand for several events. */
  size(queue: string): Promise<number> {
    return countWaiting(this.#database, queue)
  }

  /** Queues jobs in the transaction of whoever caused them; workers wake when it commits. */
  async insert(trx: Transaction<Schema>, jobs: readonly NewJob[]): Promise<void> {
    if (jobs.length === 0) return
    await insertJobs(trx, CHANNEL, jobs)
    for (const { queue, runAt } of jobs) {
      this.#cleaner.count(queue, 1)
      if (runAt) this.#timers.add(queue, runAt)
    }
  }

  /** Removes jobs, done or not, in the transaction that records what became of them. */
  async remove(trx: Transaction<Schema>, queue: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.removal(queue, ids).execute(trx)
  }

  /** What {@link remove} does, for the `with` clause of the statement that records what became of the jobs. */
  removal(queue: string, ids: readonly string[]): RawBuilder<unknown> {
    this.#cleaner.count(queue, ids.length)
    return sql`delete from pgboss.job where name = ${queue} and id = any(${[...ids]}::uuid[])`
  }

  /** Gives a job other data, for a `with` clause as {@link removal}. */
  rewriting(queue: string, id: string, data: Record<string, unknown>): RawBuilder<unknown> {
    return sql`update pgboss.job set data = ${JSON.stringify(data)}::jsonb where name = ${queue} and id = ${id}::uuid`
  }

  /** Gives jobs that are being worked on back to their queue, for whoever takes them next. */
  release(queue: string, ids: readonly string[]): Promise<void> {
    return giveBack(this.#database, queue, ids)
  }

  /**
   * Takes jobs from a queue in the order they were queued, on one node at a time: where that node dies, another goes on
   * with what it left.
   */
  work<Data>(queue: string, { workers = 1, beside, ...work }: JobWork<Data>): QueueWorker {
    return this.#hold(queue, () => [
      ...(beside ? [this.#startDrain(queue, beside)] : []),
      ...Array.from({ length: workers }, () => this.#startWorker(queue, work)),
    ])
  }

  /**
   * As {@link work} with one worker, and cheaper: the jobs it takes are not marked, since whoever holds a queue is alone
   * with it. `handle` removes what is done; what it leaves is taken again.
   */
  drain<Data>(queue: string, work: JobDrain<Data>): QueueWorker {
    return this.#hold(queue, () => [this.#startDrain(queue, work)])
  }

  async stop(): Promise<void> {
    try {
      await this.#unlisten()
      this.#timers.clear()
      await this.#due.stop()
      await Promise.all([...this.#stops].map((stop) => stop()))
      await this.#cleaner.idle()
    } finally {
      // Whatever a database that is gone made fail: its timers would keep the process alive.
      await this.#boss.stop({ graceful: false, wait: true })
    }
  }

  #wake(queue: string): void {
    for (const worker of this.#workers.get(queue) ?? []) worker.wake()
  }

  /** A queue is a table, and PostgreSQL calls it a deadlock when two are created at the same time. */
  #oneByOne<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#changing.then(() => this.#database.leases.exclusively('queues', work))
    const over = () => undefined
    this.#changing = done.then(over, over)
    return done
  }

  #hold(queue: string, startWorkers: () => RunningWorker[]): QueueWorker {
    const giveUp = holdQueue(this.#database, queue, {
      onHeld: () => {
        this.#workers.set(queue, startWorkers())
        // Whoever had it before had the timers.
        void this.#due.look(queue)
      },
      onLost: async () => {
        const running = this.#workers.get(queue) ?? []
        this.#workers.delete(queue)
        await Promise.all(running.map((worker) => worker.stop()))
      },
      onError: this.#onError,
    })
    this.#stops.add(giveUp)
    return {
      stop: async () => {
        this.#stops.delete(giveUp)
        await giveUp()
      },
    }
  }

  #startDrain<Data>(
    queue: string,
    { count, handle, newestForm, only }: JobDrain<Data>,
  ): JobWorker<Job<Data>> {
    return new JobWorker<Job<Data>>({
      count,
      fetch: (limit) => peekJobs<Data>(this.#database, queue, { limit, only }),
      handle: this.#knowing(queue, newestForm, handle),
      onError: this.#onError,
    })
  }

  #startWorker<Data>(queue: string, work: JobWork<Data>): JobWorker<Job<Data>> {
    const pace = new BatchPace(work.maxBatch ?? 1)
    const handle = this.#knowing(queue, work.newestForm, work.handle)
    return new JobWorker<Job<Data>>({
      count: () => pace.size,
      fetch: (limit) => takeJobs<Data>(this.#database, queue, { limit, only: work.only }),
      handle: async (jobs, signal) => {
        const started = performance.now()
        await handle(jobs, signal)
        pace.took(performance.now() - started)
      },
      onError: this.#onError,
    })
  }

  /** Hands over what this node can read, and leaves the rest. */
  #knowing<Data>(queue: string, newestForm = 1, handle: JobWork<Data>['handle']): JobWork<Data>['handle'] {
    return async (taken, signal) => {
      const jobs = await leaveUnknownForms(this.#database, queue, { jobs: taken, newestForm }, this.#onError)
      if (jobs.length > 0) await handle(jobs, signal)
    }
  }
}
