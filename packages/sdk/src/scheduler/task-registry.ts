import { OpsError } from '../errors.js'
import type { TaskHandler, TaskRegistry } from './scheduler.js'

/** A task registry that stands alone, for schedulers used without a plugin. */
export function createTaskRegistry(): TaskRegistry {
  const handlers = new Map<string, TaskHandler>()
  return {
    register(name, handler) {
      handlers.set(name, handler)
      return () => {
        if (handlers.get(name) === handler) handlers.delete(name)
      }
    },
    has: (name) => handlers.has(name),
    async run(name, args, context) {
      const handler = handlers.get(name)
      if (handler === undefined)
        throw new OpsError('task_unknown', `there is no task ${JSON.stringify(name)}`)
      return await handler(args, context)
    },
  }
}
