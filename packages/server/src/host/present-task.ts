import type { Task } from './plugin-tasks.js'

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
    next_run: task.next_run?.toISOString() ?? null,
    last_run: task.last_run?.toISOString() ?? null,
    last_error,
    last_duration_ms,
    runs,
    failures,
  }
}
