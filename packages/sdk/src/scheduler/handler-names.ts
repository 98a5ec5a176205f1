import { randomUUID } from 'node:crypto'
import { OpsError } from '../errors.js'
import type { TaskHandler, TaskRegistry } from './scheduler.js'
import { assertTaskId } from './task-id.js'

const LONGEST_STEM = 100

/**
 * Gives every handler a registered name: tasks are kept as data (id, name, arguments), so that the platform can hold
 * them while the plugin is not running.
 */
export class HandlerNames {
  readonly #tasks: TaskRegistry
  readonly #registered = new Map<string, unknown>()
  readonly #made = new Map<string, unknown>()

  constructor(tasks: TaskRegistry) {
    this.#tasks = tasks
  }

  /** The name of a one-shot's handler: of a function its task's id, or the function's own name, or a made-up one. */
  forOnce<Args>(handlerOrTask: TaskHandler<Args> | string, taskId?: string): string {
    if (typeof handlerOrTask === 'string') return this.existing(handlerOrTask)
    assertFunction(handlerOrTask, taskId ?? 'task')
    const name = [taskId, ownName(handlerOrTask)].find(
      (wanted) => wanted && this.#isFree(wanted, handlerOrTask),
    )
    return name === undefined ? this.#make(handlerOrTask) : this.register(name, handlerOrTask)
  }

  /** @throws OpsError `task_unknown` for a name nobody registered. */
  existing(name: string): string {
    assertTaskId(name)
    if (this.#tasks.has(name)) return name
    throw new OpsError(
      'task_unknown',
      `there is no task ${JSON.stringify(name)}: register it first with plugin.task(), or pass its function`,
    )
  }

  /**
   * Registers a function under a name, in place of what had it.
   *
   * @throws OpsError `handler_invalid` for anything but a function.
   */
  register<Args>(name: string, handler: TaskHandler<Args>): string {
    assertFunction(handler, name)
    this.#register(name, handler)
    this.#registered.set(name, handler)
    return name
  }

  /** An id for a task that was not given one. */
  freshId(name: string): string {
    return `${name.slice(0, LONGEST_STEM)}-${randomUUID().slice(0, 8)}`
  }

  /** Takes back a made-up name once its task is over; other names may be used again. */
  release(name: string): void {
    const unregister = this.#made.get(name)
    this.#made.delete(name)
    if (typeof unregister === 'function') unregister()
  }

  #make<Args>(handler: TaskHandler<Args>): string {
    const name = this.freshId(ownName(handler) ?? 'task')
    this.#made.set(name, this.#register(name, handler))
    return name
  }

  #register<Args>(name: string, handler: TaskHandler<Args>): unknown {
    // The arguments come back as they were given together with this handler, by way of JSON.
    return this.#tasks.register(name, (args, context) => handler(args as Args, context))
  }

  /** A name somebody else registered keeps its handler: two functions called `poll` are two tasks. */
  #isFree(name: string, handler: unknown): boolean {
    return !this.#tasks.has(name) || this.#registered.get(name) === handler
  }
}

/** Callers without types pass names and options here. */
function assertFunction(handler: unknown, name: string): void {
  if (typeof handler === 'function') return
  throw new OpsError(
    'handler_invalid',
    `The handler of the task "${name}" is ${JSON.stringify(handler)}: expected a function`,
  )
}

function ownName(handler: { readonly name: string }): string | undefined {
  const name = handler.name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, LONGEST_STEM)
  return /^[.-]*$/.test(name) ? undefined : name
}
