import { randomUUID } from 'node:crypto'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import {
  dueRuns,
  nextRun,
  parseCron,
  type Registrations,
  taskResponseSchema,
} from '@ops-center/plugin-sdk/protocol'
import type { ExpressionBuilder, Kysely, Selectable, Transaction } from 'kysely'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import type { Job, Jobs, QueueWorker } from '../jobs/jobs.js'
import { taskQueue } from './installation.js'
import type { LaunchedPlugin } from './launch-plugin.js'
import { PluginUnreachableError } from './plugin-connection.js'
import type { PluginLogs } from './plugin-logs.js'
import type { PluginRunner } from './plugin-runner.js'
import type { PluginTasksTable } from './schema.js'

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

export interface PluginTasksOptions {
  database: Database
  jobs: Jobs
  logs: PluginLogs
  runnerOf: (installationId: string) => PluginRunner | undefined
}

/** One scheduled task, as it is stored. */
export type Task = Selectable<PluginTasksTable>
interface TaskJob {
  installation_id: string
  task_id: string
}

/** Tasks of one plugin that may run at the same time. */
const WORKERS = 4
/** Milliseconds a task waits for a plugin that is starting. */
const WAIT_MS = 30_000
/** Milliseconds a task may take. */
const TASK_TIMEOUT_MS = 240_000

/** Scheduled tasks of plugins: each has one row and one job, for its next run. */
export class PluginTasks {
  readonly #options: PluginTasksOptions

  constructor(options: PluginTasksOptions) {
    this.#options = options
  }

  /** Runs the tasks of an installation when they are due. */
  work(installationId: string): QueueWorker {
    return this.#options.jobs.work<TaskJob>(taskQueue(installationId), {
      workers: WORKERS,
      handle: async (batch) => {
        for (const job of batch) await this.#handle(job)
      },
    })
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
   * @throws OpsError `cron_invalid` or `timezone_invalid`.
   */
  async put(installationId: string, taskId: string, request: TaskRequest): Promise<Task> {
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
    }
    return this.#options.database.kysely.transaction().execute(async (trx) => {
      await trx
        .insertInto('plugin_tasks')
        .values({ installation_id: installationId, task_id: taskId, ...row })
        .onConflict((conflict) => conflict.columns(['installation_id', 'task_id']).doUpdateSet(row))
        .execute()
      return this.#queueRun(trx, installationId, taskId, nextTime)
    })
  }

  /**
   * A plugin has started: schedules the tasks that its code declares with a cron (one that is scheduled so already
   * stays as it is), and takes up those that rested.
   */
  async resume(installationId: string, tasks: Registrations['tasks']): Promise<void> {
    const known = await this.list(installationId)
    const resting = known.filter(({ job_id }) => job_id === null)
    await this.#options.database.kysely.transaction().execute(async (trx) => {
      for (const task of resting)
        await this.#queueRun(trx, installationId, task.task_id, task.next_run ?? new Date())
    })
    for (const { name, cron } of tasks) {
      if (cron === undefined || known.some((task) => task.task_id === name && task.cron === parseCron(cron)))
        continue
      await this.put(installationId, name, { name, cron })
    }
  }

  /** Whether there was such a task. */
  delete(installation_id: string, task_id: string): Promise<boolean> {
    return deleteTask(this.#options.database.kysely, { installation_id, task_id })
  }

  async deleteAll(installationId: string): Promise<number> {
    const { numDeletedRows } = await this.#options.database.kysely
      .deleteFrom('plugin_tasks')
      .where('installation_id', '=', installationId)
      .executeTakeFirst()
    return Number(numDeletedRows)
  }

  /** Names the one job that counts; the job of a former schedule finds itself out of date. */
  async #queueRun(
    trx: Transaction<Schema>,
    installation_id: string,
    task_id: string,
    runAt: Date,
  ): Promise<Task> {
    const job_id = randomUUID()
    await this.#options.jobs.insert(trx, [
      { queue: taskQueue(installation_id), id: job_id, runAt, data: { installation_id, task_id } },
    ])
    return trx
      .updateTable('plugin_tasks')
      .set({ job_id, next_run: runAt })
      .where(isTask({ installation_id, task_id }))
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  async #handle(job: Job<TaskJob>): Promise<void> {
    const { database, jobs, runnerOf } = this.#options
    const task = await this.#taskOf(job)
    const { runs, next } = task?.next_run ? planOf(task, task.next_run) : { runs: [], next: undefined }
    const runner = task?.enabled ? runnerOf(task.installation_id) : undefined
    if (task && runner) for (const run of runs) await this.#run(task, run, runner)
    await database.kysely.transaction().execute(async (trx) => {
      await jobs.remove(trx, taskQueue(job.data.installation_id), [job.id])
      // Cancelled, or scheduled anew, while it ran?
      if (!task || !(await this.#isCurrent(trx, job))) return
      if (next) await this.#queueRun(trx, task.installation_id, task.task_id, next)
      else if (runner) await deleteTask(trx, task)
      // A one-shot task of a disabled plugin rests until the plugin is started again.
      else await trx.updateTable('plugin_tasks').set({ job_id: null }).where(isTask(task)).execute()
    })
  }

  #taskOf({ id, data }: Job<TaskJob>) {
    return this.#options.database.kysely
      .selectFrom('plugin_tasks')
      .innerJoin('installations', 'installations.id', 'plugin_tasks.installation_id')
      .selectAll('plugin_tasks')
      .select('installations.enabled')
      .where('installation_id', '=', data.installation_id)
      .where('task_id', '=', data.task_id)
      .where('job_id', '=', id)
      .executeTakeFirst()
  }

  async #isCurrent(trx: Transaction<Schema>, { id, data }: Job<TaskJob>): Promise<boolean> {
    const row = await trx
      .selectFrom('plugin_tasks')
      .select('task_id')
      .where(isTask(data))
      .where('job_id', '=', id)
      .executeTakeFirst()
    return row !== undefined
  }

  async #run(task: Task, scheduledFor: Date, runner: PluginRunner): Promise<void> {
    const started = Date.now()
    const error = await this.#call(task, scheduledFor, runner)
    if (error !== undefined) {
      this.#options.logs.note(task.installation_id, 'error', `Task "${task.name}" failed: ${error}`)
    }
    await this.#options.database.kysely
      .updateTable('plugin_tasks')
      .set((update) => ({
        last_run: new Date(started),
        last_error: error ?? null,
        last_duration_ms: Date.now() - started,
        runs: update('runs', '+', 1),
        failures: update('failures', '+', error === undefined ? 0 : 1),
      }))
      .where(isTask(task))
      .execute()
  }

  /** What went wrong, if anything. */
  async #call(task: Task, scheduledFor: Date, runner: PluginRunner): Promise<string | undefined> {
    let launched: LaunchedPlugin | undefined
    try {
      launched = await runner.whenRunning(AbortSignal.timeout(WAIT_MS))
      await launched.process.connection.call({
        path: `/_ops/tasks/${encodeURIComponent(task.name)}`,
        json: {
          args: task.args ?? undefined,
          task_id: task.task_id,
          scheduled_for: scheduledFor.toISOString(),
        },
        timeout: TASK_TIMEOUT_MS,
        response: taskResponseSchema,
      })
      return undefined
    } catch (error) {
      if (launched && error instanceof PluginUnreachableError && error.isLate) await runner.suspect(launched)
      return errorMessage(error)
    }
  }
}

function isTask({ installation_id, task_id }: TaskJob) {
  return ({ and }: ExpressionBuilder<Schema, 'plugin_tasks'>) => and({ installation_id, task_id })
}

async function deleteTask(db: Kysely<Schema> | Transaction<Schema>, task: TaskJob): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('plugin_tasks').where(isTask(task)).executeTakeFirst()
  return numDeletedRows > 0n
}

function planOf(task: Task, due: Date): { runs: readonly Date[]; next: Date | undefined } {
  if (task.cron === null) return { runs: [due], next: undefined }
  const { cron, timezone, misfire } = task
  return dueRuns({ cron, timezone: timezone ?? 'UTC', misfire: misfirePolicy(misfire) }, due, new Date())
}

function misfirePolicy(text: string): 'skip' | 'one' | 'all' {
  return text === 'skip' || text === 'all' ? text : 'one'
}
