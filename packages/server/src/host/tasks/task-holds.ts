import { nextRun, parseCron, type Registrations } from '@ops-center/plugin-sdk/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { cancelRuns } from './cancel-runs.js'
import { lockTask, type TaskKey } from './task-runs.js'
import { isTask, queueDue, type Task } from './task-schedule.js'
import type { TaskServices } from './task-worker.js'

type RegisteredTasks = Registrations['tasks']

/**
 * Why a schedule cannot be kept by what the plugin's code has now: the task is gone, or the times that the code declared
 * for it are. Undefined for one that can.
 */
export function reasonToHold(
  { task_id, name, declared }: Pick<Task, 'task_id' | 'name' | 'declared'>,
  registered: RegisteredTasks,
  version: string,
): string | undefined {
  const task = registered.find((one) => one.name === name)
  if (!task) return `Version ${version} has no task "${name}"`
  const isUndeclared = declared && task_id === name && task.cron === undefined
  return isUndeclared ? `Version ${version} declares no times for task "${name}"` : undefined
}

/**
 * A task that the plugin does not have would fail at each of its times: it is held instead, and its runs that wait are
 * cancelled. It is there for the version that has the task again.
 */
export async function holdTask(
  { database, logs }: TaskServices,
  { installation_id, task_id }: Task,
  reason: string,
): Promise<void> {
  const isHeld = await database.kysely.transaction().execute(async (trx) => {
    await lockTask(trx, { installation_id, task_id })
    const { numUpdatedRows } = await trx
      .updateTable('plugin_tasks')
      .set({ held: reason, job_id: null, next_run: null })
      .where(isTask({ installation_id, task_id }))
      .where('held', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows > 0n) await cancelRuns(trx, { installation_id, task_id }, reason)
    return numUpdatedRows > 0n
  })
  if (isHeld) logs.note(installation_id, 'warning', `The schedule of task "${task_id}" is held: ${reason}`)
}

/**
 * Takes up a task that rested or was held; what it missed while it was held is not made up for. One that somebody else is
 * changing now is left to them.
 */
export async function takeUp(
  trx: Transaction<Schema>,
  { jobs }: Pick<TaskServices, 'jobs'>,
  key: TaskKey,
): Promise<void> {
  const task = await trx
    .selectFrom('plugin_tasks')
    .selectAll()
    .where(isTask(key))
    .where('job_id', 'is', null)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (!task) return
  const { cron, timezone, held, run_at, next_run } = task
  const now = new Date()
  const later =
    held === null || cron === null ? next_run : nextRun(parseCron(cron), now, timezone ?? undefined)
  await queueDue(trx, jobs, task, later ?? run_at ?? now)
}
