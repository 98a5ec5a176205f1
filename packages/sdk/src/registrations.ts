import type { RegisteredHook } from './hooks/event-hooks.js'
import type { RegisteredFilter } from './hooks/filter-chain.js'
import { type Manifest, parseManifest } from './manifest/index.js'
import type { ResolvedMetadata } from './metadata.js'
import type { Registrations } from './protocol/messages.js'
import type { RegisteredRoute } from './routes/route-definition.js'
import type { RegisteredTask } from './tasks.js'

/** The registrations of a plugin as data, in the words of the manifest and the protocol. */
export function registrationsOf(
  hooks: readonly RegisteredHook[],
  filters: readonly RegisteredFilter[],
  routes: readonly RegisteredRoute[],
  tasks: readonly RegisteredTask[],
): Registrations {
  return {
    hooks: hooks.map(({ event, handler, priority, options: { retries, timeout, onError } }) => ({
      event,
      handler,
      priority,
      ...(retries === undefined ? {} : { retries }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(onError === undefined ? {} : { on_error: onError }),
    })),
    filters: filters.map(({ filter, handler, priority }) => ({ filter, handler, priority })),
    routes: routes.map(({ path, methods, handler, options }) => ({
      path,
      methods: [...methods],
      handler,
      auth: options.auth ?? 'required',
    })),
    tasks: tasks.map(({ name, options: { cron } }) => ({ name, ...(cron ? { cron } : {}) })),
  }
}

/** The manifest of a plugin's code: its metadata with what is registered, and nothing that is empty. */
export function manifestOf(metadata: ResolvedMetadata, registrations: Registrations): Manifest {
  return parseManifest({
    ...metadata,
    ...(registrations.hooks.length > 0 ? { hooks: registrations.hooks } : {}),
    ...(registrations.filters.length > 0 ? { filters: registrations.filters } : {}),
    ...(registrations.routes.length > 0 ? { routes: registrations.routes } : {}),
    ...(registrations.tasks.length > 0 ? { tasks: registrations.tasks } : {}),
  })
}
