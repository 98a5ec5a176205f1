import { latestRuns, nextRun } from './cron.js'
import type { MisfirePolicy } from './scheduler.js'

// A run this late is still on time: timers and busy processes are never exact.
const ON_TIME = 60_000
// More missed runs than this are not made up for, even with 'all'.
const MOST = 1_000

/** What a cron task does when it wakes up. */
export interface DueRuns {
  /** The moments to run for now, oldest first. */
  readonly runs: readonly Date[]
  /** The next time after that. */
  readonly next: Date | undefined
}

/**
 * Which runs to make of a task that was due at `due` and woke at `now`. One that comes in time simply runs; missed
 * ones (the computer slept, the process was busy) follow the policy.
 */
export function dueRuns(
  task: { readonly cron: string; readonly timezone: string; readonly misfire: MisfirePolicy },
  due: Date,
  now: Date,
): DueRuns {
  const missed = latestRuns(task.cron, now, task.misfire === 'all' ? MOST : 1, task.timezone)
  const runs = missed.filter((run) => run >= due)
  const latest = runs.at(-1) ?? due
  if (runs.length === 0) runs.push(due)
  const next = nextRun(task.cron, now, task.timezone)
  const isLate = now.getTime() - latest.getTime() > ON_TIME
  return { runs: isLate && task.misfire === 'skip' ? [] : runs, next }
}
