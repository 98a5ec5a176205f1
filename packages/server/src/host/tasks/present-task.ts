import type { TaskRun } from './task-runs.js'
import type { Task } from './task-schedule.js'

/** A task as the API shows it. */
export function presentTask(task: Task) {
  const { task_id, name, cron, timezone, last_error, last_duration_ms, runs, failures } = task
  return {
    task_id,
    name,
    kind: cron === null ? ('once' as const) : ('cron' as const),
    cron,
    timezone,
    run_at: task.run_at?.toISOString() ?? null,
    args: task.args ?? null,
    misfire: task.misfire,
    overlap: task.overlap,
    next_run: task.next_run?.toISOString() ?? null,
    last_run: task.last_run?.toISOString() ?? null,
    last_error,
    last_duration_ms,
    runs,
    failures,
    held: task.held,
  }
}

/** One run of a task as the API shows it. */
export function presentRun({ id, task_id, name, trigger, outcome, error, duration_ms, ...run }: TaskRun) {
  return {
    id,
    task_id,
    name,
    trigger,
    outcome,
    error,
    scheduled_for: run.scheduled_for.toISOString(),
    started_at: run.started_at?.toISOString() ?? null,
    finished_at: run.finished_at?.toISOString() ?? null,
    duration_ms,
  }
}
