import { randomUUID } from 'node:crypto'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { dueRuns, nextRun, parseCron, type Registrations, taskResponseSchema } from '@ops-center/plugin-sdk/protocol'
import type { Selectable, Transaction } from 'kysely'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import type { Job, Jobs, QueueWorker } from '../jobs/jobs.js'
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

type Task = Selectable<PluginTasksTable>
interface TaskJob {
  installation_id: string
  task_id: string
}

const QUEUE = 'plugin-tasks'
/** Tasks that may run at the same time on one node. */
const WORKERS = 4
/** Milliseconds a task may take. */
const TASK_TIMEOUT_MS = 240_000

/** Scheduled tasks of plugins: each has one row and one job, for its next run. */
export class PluginTasks {
  readonly #options: PluginTasksOptions
  #workers: QueueWorker[] = []

  constructor(options: PluginTasksOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { jobs } = this.#options
    await jobs.createQueue(QUEUE)
    this.#workers = Array.from({ length: WORKERS }, () =>
      jobs.work<TaskJob>(QUEUE, {
        handle: async (batch) => {
          for (const job of batch) await this.#handle(job)
        },
      }),
    )
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()))
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

  /** Schedules the tasks that a plugin's code declares with a cron; one that is scheduled so already stays as it is. */
  async declare(installationId: string, tasks: Registrations['tasks']): Promise<void> {
    const known = await this.list(installationId)
    for (const { name, cron } of tasks) {
      if (cron === undefined || known.some((task) => task.task_id === name && task.cron === parseCron(cron))) continue
      await this.put(installationId, name, { name, cron })
    }
  }

  /** Whether there was such a task. */
  async delete(installationId: string, taskId: string): Promise<boolean> {
    const { numDeletedRows } = await this.#options.database.kysely
      .deleteFrom('plugin_tasks')
      .where('installation_id', '=', installationId)
      .where('task_id', '=', taskId)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async deleteAll(installationId: string): Promise<number> {
    const { numDeletedRows } = await this.#options.database.kysely
      .deleteFrom('plugin_tasks')
      .where('installation_id', '=', installationId)
      .executeTakeFirst()
    return Number(numDeletedRows)
  }

  /** Names the one job that counts; the job of a former schedule finds itself out of date. */
  async #queueRun(trx: Transaction<Schema>, installation_id: string, task_id: string, runAt: Date): Promise<Task> {
    const job_id = randomUUID()
    await this.#options.jobs.insert(trx, [{ queue: QUEUE, id: job_id, runAt, data: { installation_id, task_id } }])
    return trx
      .updateTable('plugin_tasks')
      .set({ job_id, next_run: runAt })
      .where('installation_id', '=', installation_id)
      .where('task_id', '=', task_id)
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  async #handle(job: Job<TaskJob>): Promise<void> {
    const { database, jobs } = this.#options
    const { installation_id, task_id } = job.data
    const task = await database.kysely
      .selectFrom('plugin_tasks')
      .selectAll()
      .where('installation_id', '=', installation_id)
      .where('task_id', '=', task_id)
      .where('job_id', '=', job.id)
      .executeTakeFirst()
    const due = task?.next_run ?? undefined
    const { runs, next } = task && due ? planOf(task, due) : { runs: [], next: undefined }
    const runner = this.#options.runnerOf(installation_id)
    // Disabled: the task rests. It comes back with its next time, a one-shot task when the plugin is enabled again.
    const canRun = runner?.installation.enabled === true
    if (task && canRun) for (const run of runs) await this.#run(task, run, runner)
    await database.kysely.transaction().execute(async (trx) => {
      await jobs.remove(trx, QUEUE, [job.id])
      if (!task) return
      const stillPlanned = await trx
        .selectFrom('plugin_tasks')
        .select('task_id')
        .where('installation_id', '=', installation_id)
        .where('task_id', '=', task_id)
        .where('job_id', '=', job.id)
        .executeTakeFirst()
      if (!stillPlanned) return
      if (next) await this.#queueRun(trx, installation_id, task_id, next)
      else if (canRun) await trx.deleteFrom('plugin_tasks').where('installation_id', '=', installation_id).where('task_id', '=', task_id).execute()
    })
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
      .where('installation_id', '=', task.installation_id)
      .where('task_id', '=', task.task_id)
      .execute()
  }

  /** What went wrong, if anything. */
  async #call(task: Task, scheduledFor: Date, runner: PluginRunner): Promise<string | undefined> {
    try {
      const launched = await runner.whenRunning(AbortSignal.timeout(TASK_TIMEOUT_MS))
      await launched.process.connection.call({
        path: `/_ops/tasks/${encodeURIComponent(task.name)}`,
        json: { args: task.args ?? undefined, task_id: task.task_id, scheduled_for: scheduledFor.toISOString() },
        timeout: TASK_TIMEOUT_MS,
        response: taskResponseSchema,
      })
      return undefined
    } catch (error) {
      return errorMessage(error)
    }
  }
}

function planOf(task: Task, due: Date): { runs: readonly Date[]; next: Date | undefined } {
  if (task.cron === null) return { runs: [due], next: undefined }
  const { cron, timezone, misfire } = task
  return dueRuns({ cron, timezone: timezone ?? 'UTC', misfire: misfirePolicy(misfire) }, due, new Date())
}

function misfirePolicy(text: string): 'skip' | 'one' | 'all' {
  return text === 'skip' || text === 'all' ? text : 'one'
}

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
