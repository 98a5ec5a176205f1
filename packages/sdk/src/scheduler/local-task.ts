import type { CronTask, OnceTask } from './resolve-task.js'
import type { TaskInfo } from './scheduler.js'

/** One run that goes on. */
export interface TaskRun {
  readonly controller: AbortController
  /** Resolves when it is over, however it ended. */
  done: Promise<unknown>
}

/** A task of the local scheduler with what happened to it so far. */
export class LocalTask {
  readonly runs = new Set<TaskRun>()
  /** Moments whose run waits for the one that goes on. */
  readonly queue: Date[] = []
  lastRun: Date | undefined
  lastError: string | undefined
  lastDuration: number | undefined
  runCount = 0
  failureCount = 0

  constructor(
    readonly definition: OnceTask | CronTask,
    /** When it is due next; undefined while a one-shot runs. */
    public next: Date | undefined,
  ) {}

  get id(): string {
    return this.definition.id
  }

  /** Drops what waits and aborts what runs. */
  abort(reason: Error): void {
    this.queue.length = 0
    for (const run of this.runs) run.controller.abort(reason)
  }

  info(): TaskInfo {
    const { definition } = this
    const cron = definition.kind === 'cron' ? definition : undefined
    const once = definition.kind === 'once' ? definition : undefined
    return {
      task_id: definition.id,
      name: definition.name,
      kind: definition.kind,
      cron: cron?.cron ?? null,
      timezone: cron?.timezone ?? null,
      run_at: once?.runAt.toISOString() ?? null,
      args: JSON.parse(definition.argsJson),
      next_run: this.next?.toISOString() ?? null,
      last_run: this.lastRun?.toISOString() ?? null,
      last_error: this.lastError ?? null,
      last_duration_ms: this.lastDuration ?? null,
      runs: this.runCount,
      failures: this.failureCount,
    }
  }
}
