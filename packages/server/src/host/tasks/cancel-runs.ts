import { type Kysely, sql, type Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { tellCancelled } from './task-aborts.js'
import type { TaskKey, TaskRun } from './task-runs.js'

/** The runs of one task, or without one those of all. */
type SomeRuns = Partial<TaskKey> & Pick<TaskKey, 'installation_id'>

/** Runs that have not begun never will. */
export async function cancelRuns(
  db: Kysely<Schema>,
  { installation_id, task_id }: SomeRuns,
  error: string | null = null,
): Promise<void> {
  await db
    .updateTable('plugin_task_runs')
    .set({ outcome: 'cancelled', error, finished_at: new Date(), args: null })
    .where('installation_id', '=', installation_id)
    .where('outcome', '=', 'queued')
    .$if(task_id !== undefined, (query) => query.where('task_id', '=', task_id ?? ''))
    .execute()
}

/** Runs that go on are over for whoever asks, and the nodes on which they are cut them off. */
export async function cutOffRuns(
  trx: Transaction<Schema>,
  { installation_id, task_id }: SomeRuns,
): Promise<void> {
  const cut = await trx
    .updateTable('plugin_task_runs')
    .set({
      outcome: 'cancelled',
      error: 'It was cancelled while it ran',
      finished_at: sql<Date>`now()`,
      duration_ms: sql<number>`extract(epoch from now() - started_at) * 1000`,
      args: null,
    })
    .where('installation_id', '=', installation_id)
    .where('outcome', '=', 'running')
    .$if(task_id !== undefined, (query) => query.where('task_id', '=', task_id ?? ''))
    .returning('id')
    .execute()
  await tellCancelled(
    trx,
    cut.map(({ id }) => id),
  )
}

/** What is written of a run that this node began: somebody may have cancelled it, or another node have taken it over. */
export async function outcomeOf(
  trx: Transaction<Schema>,
  { id }: Pick<TaskRun, 'id'>,
): Promise<TaskRun['outcome'] | undefined> {
  const run = await trx
    .selectFrom('plugin_task_runs')
    .select('outcome')
    .where('id', '=', id)
    .executeTakeFirst()
  return run?.outcome
}
