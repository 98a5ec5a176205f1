import type { Duration } from '../duration.js'

/** What a task's handler gets beside its arguments. */
export interface TaskContext {
  /** Aborted when the task is cancelled or the scheduler stops without waiting longer. */
  readonly signal: AbortSignal
  readonly taskId: string
  /** The moment this run was meant for, which may lie before the moment it runs. */
  readonly scheduledFor: Date
}

/** The work of a task. `args` is what was given when it was scheduled, as a copy that went through JSON. */
export type TaskHandler<Args = unknown> = (args: Args, context: TaskContext) => unknown

/** The named handlers of a plugin, as the schedulers need them. */
export interface TaskRegistry {
  /** An equal name replaces the former handler. What it returns, if anything, is a function that takes it back. */
  register(name: string, handler: TaskHandler): unknown
  has(name: string): boolean
  run(name: string, args: unknown, context: TaskContext): Promise<unknown>
}

/** Options of {@link Scheduler.runAt} and {@link Scheduler.runIn}. */
export interface OnceOptions<Args = unknown> {
  /** Letters, digits and `. _ : -`, at most 128. Scheduling an id again replaces the task. Default: made up. */
  taskId?: string
  /** Anything JSON can carry; without it the handler gets null. */
  args?: Args
}

/** What to do with runs missed because the computer slept or the process was busy. */
export type MisfirePolicy = 'skip' | 'one' | 'all'

/** What to do when a run is due while the last one still goes on. */
export type OverlapPolicy = 'skip' | 'queue' | 'allow'

/** Options of {@link Scheduler.schedule}. */
export interface CronOptions<Args = unknown> {
  /** An IANA time zone such as `'Europe/Berlin'`. Default: UTC. */
  timezone?: string
  /** Anything JSON can carry; without it the handler gets null. */
  args?: Args
  /**
   * Missed runs: `'one'` makes up for all of them with one (default), `'all'` for each in turn, `'skip'` for none, but
   * the latest where that is less than a minute late.
   */
  misfire?: MisfirePolicy
  /** A run that is due while the last goes on: `'skip'` leaves it out (default), `'queue'` waits, `'allow'` runs both. */
  overlap?: OverlapPolicy
}

/** A scheduled task, as `getTasks()` and the platform tell it. Times are RFC 3339 in UTC. */
export interface TaskInfo {
  task_id: string
  /** The name its handler is registered under. */
  name: string
  kind: 'cron' | 'once'
  cron: string | null
  timezone: string | null
  run_at: string | null
  args: unknown
  next_run: string | null
  last_run: string | null
  last_error: string | null
  last_duration_ms: number | null
  runs: number
  failures: number
}

/** Options of {@link Scheduler.stop}. */
export interface StopOptions {
  /** How long runs may go on before their signal is aborted. Default: 10 seconds. */
  timeout?: Duration
}

/**
 * Runs work later, once or again and again. Handlers are functions, or names of tasks registered with `plugin.task`.
 *
 * @example
 * await scheduler.schedule('0 * * * *', 'train_model')
 * const id = await scheduler.runIn('5m', 'train_model', { args: { full: true } })
 * await scheduler.cancel(id)
 */
export interface Scheduler {
  /**
   * Runs once at a date, at once when it has passed; resolves to the task's id.
   *
   * @throws OpsError `task_unknown`, `task_id_invalid`, `task_date_invalid`, `task_args_invalid`, `scheduler_stopped`.
   */
  runAt<Args>(
    date: Date,
    handlerOrTask: TaskHandler<Args> | string,
    options?: OnceOptions<Args>,
  ): Promise<string>
  /** Runs once after a while (milliseconds or `'5m'`); resolves to the task's id. Throws what {@link runAt} throws. */
  runIn<Args>(
    delay: Duration,
    handlerOrTask: TaskHandler<Args> | string,
    options?: OnceOptions<Args>,
  ): Promise<string>
  /**
   * Runs at the times a cron expression names: five fields, or six beginning with seconds. The task's name is its id.
   *
   * @param handler registered under `taskName`; without it a task of that name must exist.
   * @throws OpsError `cron_invalid`, `timezone_invalid` and what {@link runAt} throws.
   */
  schedule<Args>(
    cron: string,
    taskName: string,
    handler?: TaskHandler<Args>,
    options?: CronOptions<Args>,
  ): Promise<string>
  /** Forgets a task and aborts the signal of a run that goes on; resolves to whether there was one. */
  cancel(taskId: string): Promise<boolean>
  /** Cancels every task; resolves to how many there were. */
  cancelAll(): Promise<number>
  /** The tasks that wait or run, sorted by id. */
  getTasks(): Promise<TaskInfo[]>
  /** Holds back every run, from the moment of the call, until {@link resume}. */
  pause(): Promise<void>
  /** Goes on after {@link pause} or {@link stop}: dates that passed meanwhile run now, cron goes on with its next time. */
  resume(): Promise<void>
  /** Cancels every task, waits for the runs that go on, then aborts their signals. */
  stop(options?: StopOptions): Promise<void>
}
