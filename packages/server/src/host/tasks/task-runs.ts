import { randomUUID } from 'node:crypto'
import {
  type ExpressionBuilder,
  type Kysely,
  type Selectable,
  type SqlBool,
  sql,
  type Transaction,
} from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Schema } from '../../database/schema.js'
import { storable } from '../../http/storable.js'
import type { Jobs } from '../../jobs/jobs.js'
import { taskQueue } from '../installations/installation.js'
import type { PluginTaskRunsTable } from '../schema.js'

/** One run of a task, as it is stored. */
export type TaskRun = Selectable<PluginTaskRunsTable>

export interface TaskKey {
  installation_id: string
  task_id: string
}

export interface NewRuns extends TaskKey {
  name: string
  /** JSON, or null for none. */
  args: string | null
  trigger: TaskRun['trigger']
  /** The moments that the runs are meant for, oldest first. */
  times: readonly Date[]
  overlap: 'skip' | 'queue' | 'allow'
  /** The `traceparent` of who asked for them. */
  trace?: string | undefined
}

export interface AddedRuns {
  runs: string[]
  jobs: string[]
}

/** Runs of a task that wait, for one before them or for their turn; what comes on top is skipped. */
const MOST_WAITING = 1_000
/** A run that began longer ago than any may take was left by a node that died. */
const IS_FRESH = sql<SqlBool>`started_at > now() - interval '10 minutes'`
/** What is kept of each task. */
export const KEPT_RUNS = 100
const KEPT_DAYS = 30

/** From here to the end of the transaction nobody else starts or ends runs of this task. */
export async function lockTask(trx: Transaction<Schema>, key: TaskKey): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${key.installation_id}/${key.task_id}`}, 0))`.execute(
    trx,
  )
}

/** Whether a run of a task goes on, or waits to. */
export async function isBusy(trx: Transaction<Schema>, key: TaskKey): Promise<boolean> {
  const open = await openRuns(trx, key).select('id').limit(1).executeTakeFirst()
  return open !== undefined
}

/**
 * Adds runs of a task that the caller has locked, as its overlap policy has it: at once, after the one that goes on, or
 * not at all. Each is in the history.
 *
 * @returns The runs that will come, and the jobs of those that begin at once.
 */
export async function addRuns(trx: Transaction<Schema>, jobs: Jobs, runs: NewRuns): Promise<AddedRuns> {
  const { overlap, times } = runs
  const last = times.at(-1)
  if (!last) return { runs: [], jobs: [] }
  const busy = overlap !== 'allow' && (await isBusy(trx, runs))
  if (busy && overlap === 'skip') {
    await insertRun(trx, runs, last, { outcome: 'skipped', error: 'The run before it had not ended' })
    return { runs: [], jobs: [] }
  }
  const room = Math.max(0, MOST_WAITING - (await countWaiting(trx, runs)))
  const coming = times.slice(0, room)
  const ids = overlap === 'allow' ? coming.map(() => randomUUID()) : []
  const added: string[] = []
  for (const [index, time] of coming.entries())
    added.push(await insertRun(trx, runs, time, { job_id: ids[index] }))
  if (times.length > room) {
    const error = `${MOST_WAITING} runs are waiting already`
    await insertRun(trx, runs, last, { outcome: 'skipped', error })
  }
  if (overlap === 'allow') {
    await queueJobs(trx, jobs, runs, ids)
    return { runs: added, jobs: ids }
  }
  const next = await promote(trx, jobs, runs)
  return { runs: added, jobs: next === undefined ? [] : [next] }
}

/** Gives the run that waits longest its job, unless one goes on. The caller has locked the task. */
export async function promote(
  trx: Transaction<Schema>,
  jobs: Jobs,
  key: TaskKey,
): Promise<string | undefined> {
  const current = await openRuns(trx, key).select('id').where('job_id', 'is not', null).limit(1).execute()
  if (current.length > 0) return undefined
  const next = await openRuns(trx, key).select('id').orderBy('id').limit(1).executeTakeFirst()
  if (!next) return undefined
  const job_id = randomUUID()
  await trx.updateTable('plugin_task_runs').set({ job_id }).where('id', '=', next.id).execute()
  await queueJobs(trx, jobs, key, [job_id])
  return job_id
}

/** The run that a job is for, unless it was cancelled. */
export async function runOfJob(
  trx: Transaction<Schema>,
  key: TaskKey,
  job_id: string,
): Promise<TaskRun | undefined> {
  return trx
    .selectFrom('plugin_task_runs')
    .selectAll()
    .where(ofTask(key))
    .where('job_id', '=', job_id)
    .where('outcome', 'in', ['queued', 'running'])
    .executeTakeFirst()
}

/** Begins a run; one that another node began and did not end stays in the history, as interrupted. */
export async function beginRun(trx: Transaction<Schema>, run: TaskRun): Promise<TaskRun> {
  const current = run.outcome === 'running' ? await interruptRun(trx, run) : run
  return trx
    .updateTable('plugin_task_runs')
    .set({ outcome: 'running', started_at: new Date() })
    .where('id', '=', current.id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Ends a run that was cut off, and puts another in its place, with the same job. */
export async function interruptRun(trx: Transaction<Schema>, run: TaskRun): Promise<TaskRun> {
  await endRun(trx, run, { outcome: 'interrupted', error: 'It was cut off, and run again' })
  const { installation_id, task_id, name, args, trigger, scheduled_for, job_id, trace } = run
  return trx
    .insertInto('plugin_task_runs')
    .values({
      ...{ id: uuidv7(), installation_id, task_id, name, trigger, scheduled_for, job_id, trace },
      args: args === null ? null : JSON.stringify(args),
      outcome: 'queued',
      error: null,
      duration_ms: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** What a run came to; its arguments are forgotten. */
export async function endRun(
  trx: Transaction<Schema>,
  run: Pick<TaskRun, 'id' | 'started_at'>,
  { outcome, error = null }: { outcome: TaskRun['outcome']; error?: string | null },
): Promise<void> {
  const finished_at = new Date()
  const duration_ms = run.started_at === null ? null : finished_at.getTime() - run.started_at.getTime()
  await trx
    .updateTable('plugin_task_runs')
    .set({ outcome, error: error && storable(error), finished_at, duration_ms, args: null })
    .where('id', '=', run.id)
    .execute()
}

/** The runs of one task, the newest first. */
export async function listRuns(
  db: Kysely<Schema>,
  key: TaskKey,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ runs: TaskRun[]; total: number }> {
  const matching = db.selectFrom('plugin_task_runs').where(ofTask(key))
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const runs = await matching.selectAll().orderBy('id', 'desc').limit(limit).offset(offset).execute()
  return { runs, total: Number(total) }
}

/** Forgets all but the latest runs of each task, and those that are old. */
export async function pruneRuns(db: Kysely<Schema>): Promise<void> {
  await sql`
    delete from plugin_task_runs where outcome <> 'running' and created_at < now() - ${KEPT_DAYS} * interval '1 day'
  `.execute(db)
  await sql`
    delete from plugin_task_runs using (
      select id, row_number() over (partition by installation_id, task_id order by id desc) as place
      from plugin_task_runs where outcome not in ('queued', 'running')
    ) as ended
    where plugin_task_runs.id = ended.id and ended.place > ${KEPT_RUNS}
  `.execute(db)
}

function ofTask({ installation_id, task_id }: TaskKey) {
  return ({ and }: ExpressionBuilder<Schema, 'plugin_task_runs'>) => and({ installation_id, task_id })
}

function openRuns(trx: Transaction<Schema>, key: TaskKey) {
  return trx
    .selectFrom('plugin_task_runs')
    .where(ofTask(key))
    .where(({ or, and, eb }) =>
      or([eb('outcome', '=', 'queued'), and([eb('outcome', '=', 'running'), IS_FRESH])]),
    )
}

async function countWaiting(trx: Transaction<Schema>, key: TaskKey): Promise<number> {
  const { waiting } = await trx
    .selectFrom('plugin_task_runs')
    .select(({ fn }) => fn.countAll<string>().as('waiting'))
    .where(ofTask(key))
    .where('outcome', '=', 'queued')
    .executeTakeFirstOrThrow()
  return Number(waiting)
}

async function insertRun(
  trx: Transaction<Schema>,
  { installation_id, task_id, name, args, trigger, trace }: NewRuns,
  scheduled_for: Date,
  more: { outcome?: TaskRun['outcome']; error?: string; job_id?: string | undefined },
): Promise<string> {
  const { outcome = 'queued', error = null, job_id = null } = more
  const id = uuidv7()
  const isOver = outcome !== 'queued'
  await trx
    .insertInto('plugin_task_runs')
    .values({
      ...{ id, installation_id, task_id, name, trigger, outcome, error, scheduled_for, job_id, trace },
      args: isOver ? null : args,
      finished_at: isOver ? new Date() : null,
      duration_ms: null,
    })
    .execute()
  return id
}

async function queueJobs(
  trx: Transaction<Schema>,
  jobs: Jobs,
  { installation_id, task_id }: TaskKey,
  ids: readonly string[],
): Promise<void> {
  const queue = taskQueue(installation_id)
  const data = { installation_id, task_id, run: true }
  await jobs.insert(
    trx,
    ids.map((id) => ({ queue, id, data })),
  )
}
