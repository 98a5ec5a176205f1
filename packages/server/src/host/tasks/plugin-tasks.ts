import { OpsError } from '@ops-center/plugin-sdk'
import { nextRun, parseCron, type Registrations } from '@ops-center/plugin-sdk/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import type { QueueWorker } from '../../jobs/jobs.js'
import { currentTraceparent } from '../../tracing/current-trace.js'
import { cancelRuns, cutOffRuns } from './cancel-runs.js'
import { holdTask, reasonToHold, takeUp } from './task-holds.js'
import { addRuns, isBusy, listRuns, lockTask, pruneRuns, type TaskKey, type TaskRun } from './task-runs.js'
import { deleteTask, isTask, overlapPolicy, queueDue, type Task } from './task-schedule.js'
import { startTaskWorker, type TaskServices } from './task-worker.js'

/** A task as a plugin asks for it. */
export interface TaskRequest {
  name: string
  cron?: string | undefined
  timezone?: string | undefined
  run_at?: string | undefined
  args?: unknown
  misfire?: 'skip' | 'one' | 'all' | undefined
  overlap?: 'skip' | 'queue' | 'allow' | undefined
}

/** What an operator asks for. */
export interface RunRequest {
  /** Of a scheduled task, or the name of a task in the code. */
  task_id: string
  args?: unknown
}

/** Scheduled tasks of one plugin. */
const MOST_TASKS = 10_000

/**
 * Scheduled tasks of plugins: each has one row, and one job for the moment it is due next. What is due then becomes a
 * row and a job of its own, so that a run that takes long holds up no schedule.
 */
export class PluginTasks {
  readonly #options: TaskServices

  constructor(options: TaskServices) {
    this.#options = options
  }

  /** Runs the tasks of an installation when they are due. */
  work(installationId: string): QueueWorker {
    return startTaskWorker(this.#options, installationId)
  }

  list(installationId: string): Promise<Task[]> {
    return this.#options.database.kysely
      .selectFrom('plugin_tasks')
      .selectAll()
      .where('installation_id', '=', installationId)
      .orderBy('task_id')
      .execute()
  }

  /**
   * Schedules a task; an equal id replaces the former one, and keeps its history.
   *
   * @throws OpsError `cron_invalid`, `timezone_invalid`, `task_never_runs`, `task_limit`.
   */
  put(installationId: string, taskId: string, request: TaskRequest): Promise<Task> {
    return this.#put(installationId, taskId, request, false)
  }

  async #put(installationId: string, taskId: string, request: TaskRequest, declared: boolean): Promise<Task> {
    const cron = request.cron === undefined ? null : parseCron(request.cron)
    const timezone = request.timezone ?? null
    const nextTime = cron ? nextRun(cron, new Date(), timezone ?? undefined) : new Date(request.run_at ?? '')
    if (!nextTime || Number.isNaN(nextTime.getTime())) {
      throw new OpsError('task_never_runs', 'A task needs a cron expression that comes true, or run_at')
    }
    const row = {
      name: request.name,
      cron,
      timezone,
      run_at: cron ? null : nextTime,
      args: request.args === undefined ? null : JSON.stringify(request.args),
      misfire: request.misfire ?? 'one',
      overlap: request.overlap ?? 'skip',
      declared,
    }
    return this.#options.database.kysely.transaction().execute(async (trx) => {
      // One that is due this very moment would write its own next time over this one.
      await lockTask(trx, { installation_id: installationId, task_id: taskId })
      await checkRoom(trx, installationId, taskId)
      await trx
        .insertInto('plugin_tasks')
        .values({ installation_id: installationId, task_id: taskId, ...row })
        .onConflict((conflict) => conflict.columns(['installation_id', 'task_id']).doUpdateSet(row))
        .execute()
      await this.#takeUpNamed(trx, installationId, request.name)
      return queueDue(trx, this.#options.jobs, { installation_id: installationId, task_id: taskId }, nextTime)
    })
  }

  /** Who schedules a task has it: others of that name, held until now, need not wait for the next start. */
  async #takeUpNamed(trx: Transaction<Schema>, installation_id: string, name: string): Promise<void> {
    const held = await trx
      .selectFrom('plugin_tasks')
      .selectAll()
      .where('installation_id', '=', installation_id)
      .where('name', '=', name)
      .where('held', 'is not', null)
      .where('declared', '=', false)
      .execute()
    for (const task of held) await takeUp(trx, this.#options, task)
  }

  /**
   * A plugin has started, or was brought to another version: schedules the tasks that its code declares with a cron (one
   * that is scheduled so already stays as it is), takes up those that rested, and holds those that it has no more.
   */
  async resume(installationId: string, tasks: Registrations['tasks']): Promise<void> {
    const version = this.#options.runnerOf(installationId)?.installation.version ?? ''
    const known = await this.list(installationId)
    const going: Task[] = []
    for (const task of known) {
      const reason = reasonToHold(task, tasks, version)
      if (reason === undefined) going.push(task)
      else await holdTask(this.#options, task, reason)
    }
    await this.#options.database.kysely.transaction().execute(async (trx) => {
      for (const task of going) if (task.job_id === null) await takeUp(trx, this.#options, task)
    })
    for (const { name, cron } of tasks) {
      if (cron === undefined) continue
      if (going.some((task) => task.task_id === name && task.cron === parseCron(cron))) continue
      await this.#put(installationId, name, { name, cron }, true)
    }
  }

  /** Whether there was such a task. Runs that wait are cancelled, and those that go on are cut off. */
  async delete(installation_id: string, task_id: string): Promise<boolean> {
    return this.#options.database.kysely.transaction().execute(async (trx) => {
      await lockTask(trx, { installation_id, task_id })
      await cancelRuns(trx, { installation_id, task_id })
      await cutOffRuns(trx, { installation_id, task_id })
      return deleteTask(trx, { installation_id, task_id })
    })
  }

  async deleteAll(installation_id: string): Promise<number> {
    return this.#options.database.kysely.transaction().execute(async (trx) => {
      // The tasks first: one that is becoming a run now is waited for, or finds its task gone.
      const { numDeletedRows } = await trx
        .deleteFrom('plugin_tasks')
        .where('installation_id', '=', installation_id)
        .executeTakeFirst()
      await cancelRuns(trx, { installation_id })
      await cutOffRuns(trx, { installation_id })
      return Number(numDeletedRows)
    })
  }

  /**
   * Runs a task now, beside its schedule: after the run that goes on, where its overlap policy is `queue`.
   *
   * @param registered The tasks in the plugin's code.
   * @returns The id of the run, or why there is none.
   */
  async runNow(
    installation_id: string,
    { task_id, args }: RunRequest,
    registered: Registrations['tasks'],
    record: (trx: Transaction<Schema>, runId: string) => Promise<void> = async () => undefined,
  ): Promise<{ id: string } | 'unknown' | 'busy' | 'full'> {
    const key = { installation_id, task_id }
    return this.#options.database.kysely.transaction().execute(async (trx) => {
      await lockTask(trx, key)
      const task = await trx.selectFrom('plugin_tasks').selectAll().where(isTask(key)).executeTakeFirst()
      // One that is held has a name that the code does not have.
      const name =
        (task?.held === null ? task.name : undefined) ?? registered.find((one) => one.name === task_id)?.name
      if (name === undefined) return 'unknown'
      const overlap = overlapPolicy(task?.overlap)
      if (overlap === 'skip' && (await isBusy(trx, key))) return 'busy'
      const given = args === undefined ? task?.args : args
      const added = await addRuns(trx, this.#options.jobs, {
        ...key,
        name,
        args: given === undefined || given === null ? null : JSON.stringify(given),
        trigger: 'operator',
        times: [new Date()],
        overlap,
        trace: currentTraceparent(),
      })
      const [id] = added.runs
      if (id === undefined) return 'full'
      await record(trx, id)
      return { id }
    })
  }

  /** The latest runs of a task, those that are still to come among them. */
  runs(key: TaskKey, page: { limit: number; offset: number }): Promise<{ runs: TaskRun[]; total: number }> {
    return listRuns(this.#options.database.kysely, key, page)
  }

  /** Whether there is such a task, scheduled now or in the history. */
  async knows(key: TaskKey): Promise<boolean> {
    const { kysely } = this.#options.database
    const task = await kysely
      .selectFrom('plugin_tasks')
      .select('task_id')
      .where(isTask(key))
      .executeTakeFirst()
    return task !== undefined || (await this.runs(key, { limit: 0, offset: 0 })).total > 0
  }

  /** Forgets runs that nobody will look at any more. */
  prune(): Promise<void> {
    return pruneRuns(this.#options.database.kysely)
  }
}

/** @throws OpsError `task_limit` */
async function checkRoom(trx: Transaction<Schema>, installation_id: string, task_id: string): Promise<void> {
  const { others } = await trx
    .selectFrom('plugin_tasks')
    .select(({ fn }) => fn.countAll<string>().as('others'))
    .where('installation_id', '=', installation_id)
    .where('task_id', '<>', task_id)
    .executeTakeFirstOrThrow()
  if (Number(others) < MOST_TASKS) return
  throw new OpsError(
    'task_limit',
    `There are ${others} scheduled tasks already: cancel some before adding others`,
  )
}
