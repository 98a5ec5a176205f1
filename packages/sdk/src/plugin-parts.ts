import { followState } from './follow-state.js'
import { HealthChecks } from './health.js'
import { EventHooks } from './hooks/event-hooks.js'
import { FilterChain } from './hooks/filter-chain.js'
import { Lifecycle } from './lifecycle/lifecycle.js'
import type { ResolvedMetadata } from './metadata.js'
import type { HostContext } from './protocol/index.js'
import { RouteRegistry } from './routes/route-definition.js'
import { type PluginServices, Services } from './services.js'
import { Tasks } from './tasks.js'

/** What a plugin is made of. */
export interface PluginParts {
  /** Where `plugin.yaml` and `config.yaml` are. */
  readonly basePath: string
  readonly hooks: EventHooks
  readonly filters: FilterChain
  readonly routes: RouteRegistry
  readonly tasks: Tasks
  readonly health: HealthChecks
  readonly lifecycle: Lifecycle
  readonly services: Services
}

/** Puts the parts of a plugin together; `host` is asked whenever it matters. */
export function createPluginParts(
  metadata: ResolvedMetadata,
  { basePath = process.cwd(), ...given }: Partial<PluginServices> & { basePath?: string },
  host: () => HostContext | undefined,
): PluginParts {
  const lifecycle = new Lifecycle(metadata.id, async (state) => {
    if (!host()) await followState(state, lifecycle.isActive, { services, tasks })
  })
  const tasks = new Tasks(() => lifecycle.isActive)
  const services = new Services({ metadata, basePath, host, tasks, given })
  const hooks = new EventHooks(({ handler, error }, { name, event_id }) =>
    services.logger.error(`Hook "${handler}" failed on ${name}`, { error, event_id }),
  )
  const filters = new FilterChain(({ handler, error }, filter) =>
    services.logger.error(`Filter "${handler}" of ${filter} failed`, { error }),
  )
  return {
    basePath,
    hooks,
    filters,
    routes: new RouteRegistry(),
    tasks,
    health: new HealthChecks(),
    lifecycle,
    services,
  }
}
