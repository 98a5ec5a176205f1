import { type Clock, type ClockTimer, systemClock } from '../clock.js'
import { type Duration, parseDuration } from '../duration.js'
import { OpsError } from '../errors.js'
import { nextRun } from './cron.js'
import { HandlerNames } from './handler-names.js'
import { LocalTask } from './local-task.js'
import {
  type CronTask,
  dateAfter,
  firstRun,
  type OnceTask,
  resolveCron,
  resolveOnce,
} from './resolve-task.js'
import type {
  CronOptions,
  OnceOptions,
  Scheduler,
  StopOptions,
  TaskHandler,
  TaskInfo,
  TaskRegistry,
} from './scheduler.js'
import { TaskLauncher } from './task-launcher.js'
import { type SchedulerLogger, type TaskErrorListener, TaskRunner } from './task-runner.js'
import { waitForRuns } from './wait-for-runs.js'

/** Options of {@link createLocalScheduler}. */
export interface LocalSchedulerOptions {
  tasks: TaskRegistry
  clock?: Clock
  /** Where failed and skipped runs are told. Without it and `onError`, failures go to the console. */
  logger?: SchedulerLogger
  onError?: TaskErrorListener
  /** How often at least to compare with the clock, which may be set while a timer waits. Default: 30 seconds. */
  checkEvery?: Duration
}

/** The scheduler inside this process, with what tests need beside the contract. */
export interface LocalScheduler extends Scheduler {
  /** Runs a task now, paused or not, and settles as its handler does. A one-shot is over afterwards. */
  trigger(taskId: string): Promise<unknown>
  /** How many runs go on. */
  readonly running: number
}

// A longer delay overflows the timer and fires at once.
const LONGEST_TIMER = 2 ** 31 - 1
const CHECK_EVERY = 30_000
const STOP_TIMEOUT = 10_000
// What a handler gets to clean up in after its signal was aborted.
const ABORT_GRACE = 1_000
// Clocks are corrected by fractions of a second all the time; only a real step back is one.
const STEP_BACK = 60_000

/**
 * A scheduler that lives in this process: tasks are gone when it ends.
 *
 * @example const scheduler = createLocalScheduler({ tasks, logger: plugin.logger })
 */
export function createLocalScheduler(options: LocalSchedulerOptions): LocalScheduler {
  return new InProcessScheduler(options)
}

class InProcessScheduler implements LocalScheduler {
  readonly #clock: Clock
  readonly #logger: SchedulerLogger | undefined
  readonly #names: HandlerNames
  readonly #runner: TaskRunner
  readonly #launcher: TaskLauncher
  readonly #checkEvery: number
  readonly #tasks = new Map<string, LocalTask>()
  #timer: ClockTimer | undefined
  #state: 'active' | 'paused' | 'stopped' = 'active'
  #lastSeen: number

  constructor({
    tasks,
    clock = systemClock,
    logger,
    onError,
    checkEvery = CHECK_EVERY,
  }: LocalSchedulerOptions) {
    this.#clock = clock
    this.#logger = logger
    this.#names = new HandlerNames(tasks)
    this.#runner = new TaskRunner({ tasks, clock, logger, onError })
    this.#launcher = new TaskLauncher(this.#runner, logger, (task) => this.#forget(task))
    this.#checkEvery = Math.min(parseDuration(checkEvery), LONGEST_TIMER)
    this.#lastSeen = clock.now()
  }

  get running(): number {
    return this.#runner.going.size
  }

  async runAt<Args>(
    date: Date,
    handlerOrTask: TaskHandler<Args> | string,
    options: OnceOptions<Args> = {},
  ): Promise<string> {
    this.#refuseWhenStopped()
    return this.#add(resolveOnce(this.#names, date, handlerOrTask, options))
  }

  async runIn<Args>(
    delay: Duration,
    handlerOrTask: TaskHandler<Args> | string,
    options: OnceOptions<Args> = {},
  ): Promise<string> {
    return await this.runAt(dateAfter(this.#clock.now(), delay), handlerOrTask, options)
  }

  async schedule<Args>(
    cron: string,
    taskName: string,
    handler?: TaskHandler<Args>,
    options: CronOptions<Args> = {},
  ): Promise<string> {
    this.#refuseWhenStopped()
    return this.#add(resolveCron(this.#names, cron, taskName, handler, options))
  }

  async cancel(taskId: string): Promise<boolean> {
    const task = this.#tasks.get(taskId)
    if (task === undefined) return false
    this.#forget(task)
    task.abort(new OpsError('task_cancelled', `the task "${taskId}" was cancelled`))
    this.#arm()
    return true
  }

  async cancelAll(): Promise<number> {
    const ids = [...this.#tasks.keys()]
    for (const id of ids) await this.cancel(id)
    return ids.length
  }

  async getTasks(): Promise<TaskInfo[]> {
    const infos = [...this.#tasks.values()].map((task) => task.info())
    return infos.sort((left, right) => (left.task_id < right.task_id ? -1 : 1))
  }

  async pause(): Promise<void> {
    if (this.#state !== 'active') return
    this.#state = 'paused'
    for (const task of this.#tasks.values()) task.queue.length = 0
    this.#arm()
  }

  async resume(): Promise<void> {
    if (this.#state === 'active') return
    this.#state = 'active'
    this.#realign(this.#clock.now())
    this.#arm()
  }

  async stop({ timeout = STOP_TIMEOUT }: StopOptions = {}): Promise<void> {
    const patience = parseDuration(timeout)
    this.#state = 'stopped'
    for (const task of this.#tasks.values()) {
      task.queue.length = 0
      this.#forget(task)
    }
    this.#arm()
    const { going } = this.#runner
    if (await waitForRuns(going, patience, this.#clock)) return
    const reason = new OpsError('scheduler_stopped', 'the scheduler stopped before this run was over')
    for (const run of going) run.controller.abort(reason)
    if (await waitForRuns(going, ABORT_GRACE, this.#clock)) return
    this.#logger?.warning(`${going.size} task runs go on although their signal was aborted`)
  }

  async trigger(taskId: string): Promise<unknown> {
    const task = this.#tasks.get(taskId)
    if (task === undefined) {
      throw new OpsError('task_unknown', `there is no scheduled task ${JSON.stringify(taskId)} to trigger`)
    }
    return await this.#launcher.run(task, new Date(this.#clock.now()))
  }

  #add(definition: OnceTask | CronTask): string {
    const former = this.#tasks.get(definition.id)
    if (former !== undefined) {
      former.queue.length = 0
      if (former.definition.name !== definition.name) this.#forget(former)
    }
    const next = firstRun(definition, new Date(this.#clock.now()))
    this.#tasks.set(definition.id, new LocalTask(definition, next))
    this.#arm()
    return definition.id
  }

  #forget(task: LocalTask): void {
    if (this.#tasks.get(task.id) === task) this.#tasks.delete(task.id)
    this.#names.release(task.definition.name)
  }

  #refuseWhenStopped(): void {
    if (this.#state !== 'stopped') return
    throw new OpsError('scheduler_stopped', 'the scheduler is stopped: call resume() before scheduling again')
  }

  /** Sets the one timer to the task that is due first. */
  #arm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#state !== 'active') return
    let first = Number.POSITIVE_INFINITY
    for (const { next } of this.#tasks.values()) if (next) first = Math.min(first, next.getTime())
    if (first === Number.POSITIVE_INFINITY) return
    const delay = Math.min(Math.max(first - this.#clock.now(), 0), this.#checkEvery)
    this.#timer = this.#clock.setTimeout(() => this.#wake(), delay)
  }

  #wake(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    if (now < this.#lastSeen - STEP_BACK) this.#realign(now)
    this.#lastSeen = now
    for (const task of this.#dueTasks(now)) this.#launcher.fire(task, new Date(now))
    this.#arm()
  }

  #dueTasks(now: number): LocalTask[] {
    const due = [...this.#tasks.values()].filter(({ next }) => next !== undefined && next.getTime() <= now)
    return due.sort((left, right) => (left.next?.getTime() ?? 0) - (right.next?.getTime() ?? 0))
  }

  /** Lets cron tasks go on from this moment: runs that fell into a pause are not made up for. */
  #realign(now: number): void {
    for (const task of this.#tasks.values()) {
      const { definition } = task
      if (definition.kind === 'cron') {
        task.next = nextRun(definition.cron, new Date(now), definition.timezone)
      }
    }
    this.#lastSeen = now
  }
}
