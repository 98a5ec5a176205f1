import type { LocalTask } from './local-task.js'
import { dueRuns } from './misfire.js'
import type { CronTask } from './resolve-task.js'
import type { SchedulerLogger, TaskRunner } from './task-runner.js'

const LONGEST_QUEUE = 1_000

/** Starts the runs of due tasks, as their misfire and overlap policies say. */
export class TaskLauncher {
  readonly #runner: TaskRunner
  readonly #logger: SchedulerLogger | undefined
  readonly #onOver: (task: LocalTask) => void

  /** @param onOver told when a one-shot has run. */
  constructor(runner: TaskRunner, logger: SchedulerLogger | undefined, onOver: (task: LocalTask) => void) {
    this.#runner = runner
    this.#logger = logger
    this.#onOver = onOver
  }

  /** Starts what a task that is due has to run, and sets its next time. */
  fire(task: LocalTask, now: Date): void {
    const due = task.next
    if (due === undefined) return
    const { definition } = task
    if (definition.kind === 'once') {
      this.#start(task, due)
      return
    }
    const { runs, next } = dueRuns(definition, due, now)
    task.next = next
    if (runs.length === 0) this.#logger?.warning(`Task "${task.id}" missed its run of ${due.toISOString()}`)
    for (const run of runs) this.#begin(task, definition, run, runs.length > 1)
  }

  /** Runs a task now, then what waits behind it; settles as the handler does. */
  async run(task: LocalTask, scheduledFor: Date): Promise<unknown> {
    const isOnce = task.definition.kind === 'once'
    if (isOnce) task.next = undefined
    try {
      return await this.#runner.run(task, scheduledFor)
    } finally {
      if (isOnce) this.#onOver(task)
      const queued = task.runs.size === 0 ? task.queue.shift() : undefined
      if (queued !== undefined) this.#start(task, queued)
    }
  }

  /** Runs that are made up for follow one another, whatever the overlap policy says of runs in time. */
  #begin(task: LocalTask, { overlap }: CronTask, scheduledFor: Date, catchingUp: boolean): void {
    const moment = scheduledFor.toISOString()
    if (task.runs.size === 0 || (overlap === 'allow' && !catchingUp)) this.#start(task, scheduledFor)
    else if (overlap === 'skip' && !catchingUp) {
      this.#logger?.warning(`Task "${task.id}" skips its run of ${moment}: the last one still goes on`)
    } else if (task.queue.length < LONGEST_QUEUE) task.queue.push(scheduledFor)
    else this.#logger?.warning(`Task "${task.id}" drops its run of ${moment}: ${LONGEST_QUEUE} wait already`)
  }

  #start(task: LocalTask, scheduledFor: Date): void {
    // The runner has recorded and told a failure; here it must only not become an unhandled rejection.
    this.run(task, scheduledFor).catch(() => undefined)
  }
}
