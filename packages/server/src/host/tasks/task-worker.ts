import { type ExpressionBuilder, type SqlBool, sql, type Transaction } from 'kysely'
import type { Database } from '../../database/client.js'
import type { Schema } from '../../database/schema.js'
import { storable } from '../../http/storable.js'
import type { Job, Jobs, QueueWorker } from '../../jobs/jobs.js'
import { taskQueue } from '../installations/installation.js'
import type { PluginLogs } from '../observation/plugin-logs.js'
import type { PluginRunner } from '../running/plugin-runner.js'
import { outcomeOf } from './cancel-runs.js'
import { runTask } from './run-task.js'
import type { TaskAborts } from './task-aborts.js'
import { holdTask, reasonToHold } from './task-holds.js'
import {
  addRuns,
  beginRun,
  endRun,
  interruptRun,
  lockTask,
  promote,
  runOfJob,
  type TaskKey,
  type TaskRun,
} from './task-runs.js'
import { isTask, overlapPolicy, planOf, queueDue } from './task-schedule.js'

export interface TaskServices {
  database: Database
  jobs: Jobs
  logs: PluginLogs
  runnerOf: (installationId: string) => PluginRunner | undefined
  aborts: TaskAborts
}

interface TaskJob extends TaskKey {
  /** A job without it is for the moment at which a task is due. */
  run?: boolean
}

/** Runs of one plugin's tasks that go on at the same time. */
const WORKERS = 4
/** Tasks that are due, and looked at together. */
const DUE_BATCH = 100
const IS_DUE = sql<SqlBool>`data -> 'run' is null`

/**
 * Runs the tasks of an installation when they are due, on one node at a time. That a task is due is settled beside the
 * runs, however long these take: what they keep waiting is runs, and each of those is in the history.
 */
export function startTaskWorker(services: TaskServices, installationId: string): QueueWorker {
  return services.jobs.work<TaskJob>(taskQueue(installationId), {
    workers: WORKERS,
    only: sql`not (${IS_DUE})`,
    handle: async (batch, signal) => {
      for (const job of batch) await handleRun(services, job, signal)
    },
    beside: {
      only: IS_DUE,
      count: () => DUE_BATCH,
      handle: (batch, signal) => handleAllDue(services, batch, signal),
    },
  })
}

/** One whose next moment cannot be told keeps no other waiting, and is tried again. */
async function handleAllDue(
  services: TaskServices,
  batch: readonly Job<TaskJob>[],
  stopping: AbortSignal,
): Promise<void> {
  const errors: unknown[] = []
  for (const job of batch) {
    if (stopping.aborted) return
    await handleDue(services, job).catch((error: unknown) => errors.push(error))
  }
  if (errors.length > 0) throw errors[0]
}

/** A task is due: adds its runs and names its next moment, all at once. */
async function handleDue({ database, jobs, runnerOf }: TaskServices, job: Job<TaskJob>): Promise<void> {
  const { installation_id } = job.data
  await database.kysely.transaction().execute(async (trx) => {
    await lockTask(trx, job.data)
    await jobs.remove(trx, taskQueue(installation_id), [job.id])
    const task = await taskOf(trx, job)
    // Cancelled, or scheduled anew?
    if (!task?.next_run) return
    const { runs, next } = planOf(task, task.next_run)
    // While its process starts, a plugin is not yet called enabled; one that was given up rests as if it were disabled.
    const isEnabled = (task.enabled && task.state !== 'error') || task.state === 'enabling'
    const willRun = isEnabled && runnerOf(installation_id) !== undefined
    const added = await addRuns(trx, jobs, {
      ...job.data,
      name: task.name,
      args: task.args === null ? null : JSON.stringify(task.args),
      trigger: 'schedule',
      times: willRun ? runs : [],
      overlap: task.cron === null ? 'allow' : overlapPolicy(task.overlap),
    })
    if (next) await queueDue(trx, jobs, job.data, next)
    // A one-shot task is there until its run has ended; that of a disabled plugin rests until it is started again.
    else await setJob(trx, job.data, added.jobs[0] ?? null)
  })
}

async function handleRun(services: TaskServices, job: Job<TaskJob>, stopping: AbortSignal): Promise<void> {
  const { database, jobs, runnerOf, logs, aborts } = services
  const { installation_id } = job.data
  const queue = taskQueue(installation_id)
  const runner = runnerOf(installation_id)
  const begun = await database.kysely.transaction().execute(async (trx) => {
    await lockTask(trx, job.data)
    const found = await runOfJob(trx, job.data, job.id)
    if (found && runner) {
      const run = await beginRun(trx, found)
      return { run, cancelled: aborts.begin(run.id) }
    }
    await jobs.remove(trx, queue, [job.id])
    if (!found) return undefined
    await endRun(trx, found, { outcome: 'skipped', error: 'The plugin was not enabled' })
    await trx.updateTable('plugin_tasks').set({ job_id: null }).where(isCurrent(job)).execute()
    return undefined
  })
  if (!begun || !runner) return
  const { run, cancelled } = begun
  const started = performance.now()
  const result = await runTask(run, runner, { stopping, cancelled }).finally(() => aborts.end(run.id))
  runner.metrics.ranTask(result.outcome, performance.now() - started)
  const isAgain = await database.kysely.transaction().execute(async (trx) => {
    await lockTask(trx, job.data)
    const outcome = await outcomeOf(trx, run)
    // This node was silent for so long that another runs it again: the job is theirs.
    if (outcome === 'interrupted') return false
    const isOver = outcome !== 'running'
    if (result.outcome === 'interrupted' && !isOver) {
      await interruptRun(trx, run)
      return true
    }
    await jobs.remove(trx, queue, [job.id])
    if (!isOver) {
      const error = result.outcome === 'failed' ? result.error : null
      await endRun(trx, run, { outcome: result.outcome, error })
      await countRun(trx, run, error)
      await trx.deleteFrom('plugin_tasks').where(isCurrent(job)).where('cron', 'is', null).execute()
    }
    await promote(trx, jobs, job.data)
    return false
  })
  if (isAgain) await jobs.release(queue, [job.id])
  if (result.outcome !== 'failed') return
  logs.note(installation_id, 'error', `Task "${run.name}" failed: ${result.error}`)
  if (result.isUnknown) await holdUnknown(services, runner, run)
}

/** Scheduled by a version that never came into place, for example. */
async function holdUnknown(services: TaskServices, runner: PluginRunner, run: TaskRun): Promise<void> {
  const task = await services.database.kysely
    .selectFrom('plugin_tasks')
    .selectAll()
    .where(isTask(run))
    .executeTakeFirst()
  const { registrations, version } = runner.installation
  if (!task) return
  const reason = reasonToHold(task, registrations.tasks, version)
  if (reason !== undefined) await holdTask(services, task, reason)
}

function taskOf(trx: Transaction<Schema>, { id, data }: Job<TaskJob>) {
  return trx
    .selectFrom('plugin_tasks')
    .innerJoin('installations', 'installations.id', 'plugin_tasks.installation_id')
    .selectAll('plugin_tasks')
    .select(['installations.enabled', 'installations.state'])
    .where('installation_id', '=', data.installation_id)
    .where('task_id', '=', data.task_id)
    .where('job_id', '=', id)
    .executeTakeFirst()
}

async function setJob(trx: Transaction<Schema>, key: TaskKey, job_id: string | null): Promise<void> {
  await trx.updateTable('plugin_tasks').set({ job_id }).where(isTask(key)).execute()
}

async function countRun(trx: Transaction<Schema>, run: TaskRun, error: string | null): Promise<void> {
  const started = run.started_at ?? new Date()
  await trx
    .updateTable('plugin_tasks')
    .set((update) => ({
      last_run: started,
      last_error: error && storable(error),
      last_duration_ms: Date.now() - started.getTime(),
      runs: update('runs', '+', 1),
      failures: update('failures', '+', error === null ? 0 : 1),
    }))
    .where(isTask(run))
    .execute()
}

/** The task that still goes by this job: neither cancelled nor scheduled anew. */
function isCurrent({ id, data }: Job<TaskJob>) {
  return ({ and }: ExpressionBuilder<Schema, 'plugin_tasks'>) =>
    and({ installation_id: data.installation_id, task_id: data.task_id, job_id: id })
}
