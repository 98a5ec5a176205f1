import { randomUUID } from 'node:crypto'
import { dueRuns } from '@ops-center/plugin-sdk/protocol'
import type { ExpressionBuilder, Kysely, Selectable, Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import type { Jobs } from '../../jobs/jobs.js'
import { taskQueue } from '../installations/installation.js'
import type { PluginTasksTable } from '../schema.js'
import type { TaskKey } from './task-runs.js'

/** One scheduled task, as it is stored. */
export type Task = Selectable<PluginTasksTable>

/** Names the one job that tells when a task is due; the job of a former schedule finds itself out of date. */
export async function queueDue(
  trx: Transaction<Schema>,
  jobs: Jobs,
  { installation_id, task_id }: TaskKey,
  runAt: Date,
): Promise<Task> {
  const job_id = randomUUID()
  await jobs.insert(trx, [
    { queue: taskQueue(installation_id), id: job_id, runAt, data: { installation_id, task_id } },
  ])
  return trx
    .updateTable('plugin_tasks')
    .set({ job_id, next_run: runAt, held: null })
    .where(isTask({ installation_id, task_id }))
    .returningAll()
    .executeTakeFirstOrThrow()
}

export function isTask({ installation_id, task_id }: TaskKey) {
  return ({ and }: ExpressionBuilder<Schema, 'plugin_tasks'>) => and({ installation_id, task_id })
}

/** Whether there was such a task. */
export async function deleteTask(db: Kysely<Schema> | Transaction<Schema>, task: TaskKey): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('plugin_tasks').where(isTask(task)).executeTakeFirst()
  return numDeletedRows > 0n
}

/** The runs to make of a task that was due, and its next moment. */
export function planOf(task: Task, due: Date): { runs: readonly Date[]; next: Date | undefined } {
  if (task.cron === null) return { runs: [due], next: undefined }
  const { cron, timezone, misfire } = task
  return dueRuns({ cron, timezone: timezone ?? 'UTC', misfire: misfirePolicy(misfire) }, due, new Date())
}

function misfirePolicy(text: string): 'skip' | 'one' | 'all' {
  return text === 'skip' || text === 'all' ? text : 'one'
}

export function overlapPolicy(text: string | undefined): 'skip' | 'queue' | 'allow' {
  return text === 'queue' || text === 'allow' ? text : 'skip'
}
