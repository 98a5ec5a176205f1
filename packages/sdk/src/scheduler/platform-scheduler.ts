import * as z from 'zod'
import { type Clock, systemClock } from '../clock.js'
import type { Duration } from '../duration.js'
import { isStatus, type PlatformRequest, parseAnswer } from '../storage/platform-request.js'
import { HandlerNames } from './handler-names.js'
import { type CronTask, dateAfter, type OnceTask, resolveCron, resolveOnce } from './resolve-task.js'
import type { CronOptions, OnceOptions, Scheduler, TaskHandler, TaskInfo, TaskRegistry } from './scheduler.js'

/** Options of {@link createPlatformScheduler}. */
export interface PlatformSchedulerOptions {
  /** `request` of the API client, signed in as this plugin. */
  request: PlatformRequest
  pluginId: string
  tasks: TaskRegistry
  /** Tells what `runIn` counts from. Default: the system clock. */
  clock?: Pick<Clock, 'now'>
}

const taskInfo = z.object({
  task_id: z.string(),
  name: z.string(),
  kind: z.enum(['cron', 'once']),
  cron: z.string().nullable(),
  timezone: z.string().nullable(),
  run_at: z.string().nullable(),
  args: z.unknown(),
  next_run: z.string().nullable(),
  last_run: z.string().nullable(),
  last_error: z.string().nullable(),
  last_duration_ms: z.number().nullable(),
  runs: z.number(),
  failures: z.number(),
})
const taskList = z.object({ tasks: z.array(taskInfo) })
const cleared = z.object({ count: z.number() })

/**
 * A scheduler kept by the platform: tasks survive restarts, and each run happens on one machine. The platform calls
 * the named handlers of the plugin, and holds them back itself while the plugin is disabled.
 *
 * @example const scheduler = createPlatformScheduler({ request: api.request, pluginId: 'weather-monitor', tasks })
 */
export function createPlatformScheduler(options: PlatformSchedulerOptions): Scheduler {
  return new PlatformScheduler(options)
}

class PlatformScheduler implements Scheduler {
  readonly #request: PlatformRequest
  readonly #path: string
  readonly #names: HandlerNames
  readonly #clock: Pick<Clock, 'now'>

  constructor({ request, pluginId, tasks, clock = systemClock }: PlatformSchedulerOptions) {
    this.#request = request
    this.#path = `/plugins/${encodeURIComponent(pluginId)}/schedule`
    this.#names = new HandlerNames(tasks)
    this.#clock = clock
  }

  async runAt<Args>(
    date: Date,
    handlerOrTask: TaskHandler<Args> | string,
    options: OnceOptions<Args> = {},
  ): Promise<string> {
    const task = resolveOnce(this.#names, date, handlerOrTask, options)
    return await this.#put(task, { run_at: task.runAt.toISOString() })
  }

  async runIn<Args>(
    delay: Duration,
    handlerOrTask: TaskHandler<Args> | string,
    options: OnceOptions<Args> = {},
  ): Promise<string> {
    return await this.runAt(dateAfter(this.#clock.now(), delay), handlerOrTask, options)
  }

  async schedule<Args>(
    cron: string,
    taskName: string,
    handler?: TaskHandler<Args>,
    options: CronOptions<Args> = {},
  ): Promise<string> {
    const task = resolveCron(this.#names, cron, taskName, handler, options)
    const { timezone, misfire, overlap } = task
    return await this.#put(task, { cron: task.cron, timezone, misfire, overlap })
  }

  async cancel(taskId: string): Promise<boolean> {
    try {
      await this.#request('DELETE', this.#pathOf(taskId))
      return true
    } catch (error) {
      if (isStatus(error, 404)) return false
      throw error
    }
  }

  async cancelAll(): Promise<number> {
    return parseAnswer(cleared, await this.#request('DELETE', this.#path)).count
  }

  async getTasks(): Promise<TaskInfo[]> {
    const { tasks } = parseAnswer(taskList, await this.#request('GET', this.#path))
    return tasks.sort((left, right) => (left.task_id < right.task_id ? -1 : 1))
  }

  // The platform holds tasks back while the plugin is disabled, and they outlive this process.
  async pause(): Promise<void> {}
  async resume(): Promise<void> {}
  async stop(): Promise<void> {}

  async #put(task: OnceTask | CronTask, timing: Record<string, string>): Promise<string> {
    const args: unknown = JSON.parse(task.argsJson)
    await this.#request('PUT', this.#pathOf(task.id), { json: { name: task.name, args, ...timing } })
    return task.id
  }

  #pathOf(taskId: string): string {
    return `${this.#path}/${encodeURIComponent(taskId)}`
  }
}
