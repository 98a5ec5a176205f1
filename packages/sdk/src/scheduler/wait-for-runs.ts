import type { Clock } from '../clock.js'
import type { TaskRun } from './local-task.js'

/** Waits until none of the runs goes on, at most so many milliseconds; resolves to whether none does. */
export async function waitForRuns(
  runs: ReadonlySet<TaskRun>,
  milliseconds: number,
  clock: Clock,
): Promise<boolean> {
  if (runs.size === 0) return true
  const { promise: timeout, resolve } = deferred()
  const timer = clock.setTimeout(resolve, milliseconds)
  await Promise.race([Promise.all([...runs].map((run) => run.done)), timeout])
  clock.clearTimeout(timer)
  return runs.size === 0
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
