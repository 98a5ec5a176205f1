import { OpsError } from './errors.js'
import type { TaskContext, TaskHandler, TaskRegistry } from './scheduler/scheduler.js'

export interface TaskOptions {
  /** Runs by itself at these times once the plugin is enabled: five fields, or six with seconds. */
  cron?: string
}

export interface RegisteredTask {
  readonly name: string
  readonly options: TaskOptions
  readonly run: TaskHandler
}

const TASK_NAME = /^[A-Za-z0-9._:-]{1,128}$/

/** The named tasks of one plugin; they rest while it is disabled. */
export class Tasks implements TaskRegistry {
  readonly #tasks = new Map<string, RegisteredTask>()
  readonly #isActive: () => boolean

  constructor(isActive: () => boolean) {
    this.#isActive = isActive
  }

  get all(): readonly RegisteredTask[] {
    return [...this.#tasks.values()]
  }

  has(name: string): boolean {
    return this.#tasks.has(name)
  }

  /** Registers a task; an equal name replaces the former one. */
  register(name: string, run: TaskHandler, options: TaskOptions = {}): () => void {
    if (!TASK_NAME.test(name)) {
      throw new OpsError(
        'task_name_invalid',
        `Cannot register the task ${JSON.stringify(name)}: expected 1 to 128 letters, digits, ".", "_", ":" or "-"`,
      )
    }
    if (typeof run !== 'function') {
      throw new OpsError(
        'handler_invalid',
        `The handler of task "${name}" is ${typeof run}: expected a function`,
      )
    }
    const task: RegisteredTask = { name, options, run }
    this.#tasks.set(name, task)
    return () => {
      if (this.#tasks.get(name) === task) this.#tasks.delete(name)
    }
  }

  async run(name: string, args: unknown, context: TaskContext): Promise<unknown> {
    const task = this.#tasks.get(name)
    if (!task) {
      const known = [...this.#tasks.keys()].join(', ') || 'none'
      throw new OpsError(
        'task_unknown',
        `There is no task "${name}": register it with plugin.task(); known are: ${known}`,
      )
    }
    if (!this.#isActive())
      throw new OpsError('plugin_disabled', `The task "${name}" rests: the plugin is disabled`)
    return task.run(args, context)
  }
}
