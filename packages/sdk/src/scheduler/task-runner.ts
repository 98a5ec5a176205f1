import type { Clock } from '../clock.js'
import { errorMessage } from '../errors.js'
import type { LocalTask, TaskRun } from './local-task.js'
import type { TaskRegistry } from './scheduler.js'

/** The part of a logger the scheduler needs. */
export interface SchedulerLogger {
  warning(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Told of every run that failed. */
export type TaskErrorListener = (error: unknown, run: { taskId: string; scheduledFor: Date }) => void

export interface TaskRunnerOptions {
  readonly tasks: TaskRegistry
  readonly clock: Clock
  readonly logger: SchedulerLogger | undefined
  readonly onError: TaskErrorListener | undefined
}

/** Runs handlers and keeps the books: times, counts, errors. */
export class TaskRunner {
  readonly #options: TaskRunnerOptions
  readonly #going = new Set<TaskRun>()

  constructor(options: TaskRunnerOptions) {
    this.#options = options
  }

  /** The runs that go on, of all tasks, forgotten ones too. */
  get going(): ReadonlySet<TaskRun> {
    return this.#going
  }

  /** Starts a run; resolves or rejects as its handler does, after failures were recorded and told. */
  run(task: LocalTask, scheduledFor: Date): Promise<unknown> {
    const run: TaskRun = { controller: new AbortController(), done: Promise.resolve() }
    task.runs.add(run)
    this.#going.add(run)
    const outcome = this.#execute(task, scheduledFor, run.controller.signal).finally(() => {
      task.runs.delete(run)
      this.#going.delete(run)
    })
    run.done = outcome.catch(() => undefined)
    return outcome
  }

  async #execute(task: LocalTask, scheduledFor: Date, signal: AbortSignal): Promise<unknown> {
    const { tasks, clock } = this.#options
    const { id, name, argsJson } = task.definition
    const started = clock.now()
    task.lastRun = new Date(started)
    task.runCount++
    try {
      const result = await tasks.run(name, JSON.parse(argsJson), { signal, taskId: id, scheduledFor })
      task.lastError = undefined
      return result
    } catch (error) {
      // A handler that gives up because it was told to has not failed.
      if (!signal.aborted || !isAbort(error, signal)) this.#failed(task, error, scheduledFor)
      throw error
    } finally {
      task.lastDuration = Math.max(0, clock.now() - started)
    }
  }

  #failed(task: LocalTask, error: unknown, scheduledFor: Date): void {
    const { logger, onError } = this.#options
    task.failureCount++
    task.lastError = errorMessage(error)
    const { id: taskId } = task
    if (logger === undefined && onError === undefined) console.error(`Task "${taskId}" failed:`, error)
    logger?.error(`Task "${taskId}" failed: ${errorMessage(error)}`, { task_id: taskId, error })
    try {
      onError?.(error, { taskId, scheduledFor })
    } catch (broken) {
      logger?.error(`The error listener of the scheduler failed: ${errorMessage(broken)}`, { error: broken })
    }
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}
