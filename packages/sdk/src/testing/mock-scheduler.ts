import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Duration } from '../duration.js'
import { createLocalScheduler, type LocalScheduler } from '../scheduler/local-scheduler.js'
import type {
  CronOptions,
  OnceOptions,
  Scheduler,
  StopOptions,
  TaskHandler,
  TaskInfo,
  TaskRegistry,
} from '../scheduler/scheduler.js'
import { createTaskRegistry } from '../scheduler/task-registry.js'
import type { TaskErrorListener } from '../scheduler/task-runner.js'
import { createFakeClock, type FakeClock } from './fake-clock.js'

/** Options of {@link MockScheduler}. */
export interface MockSchedulerOptions {
  /** The tasks it can run by name. Default: a registry of its own, until {@link MockScheduler.connect}. */
  tasks?: TaskRegistry
  /** Default: a clock of its own, starting at 2026-01-01T00:00:00Z. */
  clock?: FakeClock
  onError?: TaskErrorListener
}

// Long enough to look at no clock that a test does not move.
const NEVER_CHECK = 2 ** 31 - 1
// Real milliseconds a run may take, reading a file for instance, before time goes on without it.
const PATIENCE = 200

/**
 * The real scheduler on a clock that only a test moves.
 *
 * @example
 * await scheduler.trigger('train_model')   // runs it now; rejects when it fails
 * await scheduler.advance('1h')            // runs whatever is due within the next hour
 */
export class MockScheduler implements Scheduler {
  readonly clock: FakeClock
  /** Failures of the runs that `advance` started, in order. */
  readonly errors: { readonly taskId: string; readonly error: unknown }[] = []
  readonly #scheduler: LocalScheduler
  #tasks: TaskRegistry
  #stuck = 0

  constructor({ tasks, clock, onError }: MockSchedulerOptions = {}) {
    this.clock = clock ?? createFakeClock()
    this.#tasks = tasks ?? createTaskRegistry()
    this.#scheduler = createLocalScheduler({
      tasks: {
        register: (name, handler) => this.#tasks.register(name, handler),
        has: (name) => this.#tasks.has(name),
        run: (name, args, context) => this.#tasks.run(name, args, context),
      },
      clock: this.clock,
      checkEvery: NEVER_CHECK,
      onError: (error, run) => {
        this.errors.push({ taskId: run.taskId, error })
        onError?.(error, run)
      },
    })
    this.clock.afterTimer(() => this.#settle())
  }

  /** Uses a plugin's tasks from now on. */
  connect(tasks: TaskRegistry): void {
    this.#tasks = tasks
  }

  /** Forgets tasks and failures, and goes on if it was paused or stopped. */
  async reset(): Promise<void> {
    await this.#scheduler.cancelAll()
    await this.#scheduler.resume()
    this.errors.length = 0
  }

  /** Runs a task now and settles as its handler does; a one-shot is over afterwards. */
  trigger(taskId: string): Promise<unknown> {
    return this.#scheduler.trigger(taskId)
  }

  /**
   * Moves the clock on and runs what is due. Each run may finish before the clock goes on, unless it waits for something
   * that only the test or the clock can bring about.
   */
  async advance(duration: Duration): Promise<void> {
    await this.clock.advance(duration)
  }

  runAt<Args>(
    date: Date,
    handlerOrTask: TaskHandler<Args> | string,
    options?: OnceOptions<Args>,
  ): Promise<string> {
    return this.#scheduler.runAt(date, handlerOrTask, options)
  }

  runIn<Args>(
    delay: Duration,
    handlerOrTask: TaskHandler<Args> | string,
    options?: OnceOptions<Args>,
  ): Promise<string> {
    return this.#scheduler.runIn(delay, handlerOrTask, options)
  }

  schedule<Args>(
    cron: string,
    taskName: string,
    handler?: TaskHandler<Args>,
    options?: CronOptions<Args>,
  ): Promise<string> {
    return this.#scheduler.schedule(cron, taskName, handler, options)
  }

  cancel(taskId: string): Promise<boolean> {
    return this.#scheduler.cancel(taskId)
  }

  cancelAll(): Promise<number> {
    return this.#scheduler.cancelAll()
  }

  getTasks(): Promise<TaskInfo[]> {
    return this.#scheduler.getTasks()
  }

  pause(): Promise<void> {
    return this.#scheduler.pause()
  }

  resume(): Promise<void> {
    return this.#scheduler.resume()
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#scheduler.stop(options)
  }

  /** Waits for the runs that go on, but only once for those that turn out to hang. */
  async #settle(): Promise<void> {
    this.#stuck = Math.min(this.#stuck, this.#scheduler.running)
    const started = performance.now()
    while (this.#scheduler.running > this.#stuck) {
      if (performance.now() - started > PATIENCE) this.#stuck = this.#scheduler.running
      await nextTurn()
    }
  }
}
