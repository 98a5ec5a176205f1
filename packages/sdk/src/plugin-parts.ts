import { followState } from './follow-state.js'
import { HealthChecks } from './health.js'
import { EventHooks } from './hooks/event-hooks.js'
import { FilterChain } from './hooks/filter-chain.js'
import { Lifecycle } from './lifecycle/lifecycle.js'
import type { ResolvedMetadata } from './metadata.js'
import type { HostLink } from './protocol/host-link.js'
import { RouteRegistry } from './routes/route-definition.js'
import { WebSockets } from './routes/web-sockets.js'
import { type PluginServices, Services } from './services.js'
import { Tasks } from './tasks.js'

/** What a plugin is made of. */
export interface PluginParts {
  /** Where `plugin.yaml` and `config.yaml` are. */
  readonly basePath: string
  readonly hooks: EventHooks
  readonly filters: FilterChain
  readonly routes: RouteRegistry
  readonly sockets: WebSockets
  readonly tasks: Tasks
  readonly health: HealthChecks
  readonly lifecycle: Lifecycle
  readonly services: Services
}

/** Puts the parts of a plugin together. */
export function createPluginParts(
  metadata: ResolvedMetadata,
  options: Partial<PluginServices> & { basePath?: string },
  host: HostLink,
): PluginParts {
  const { basePath = host.inProcess?.basePath ?? process.cwd(), ...given } = options
  const lifecycle = new Lifecycle(metadata.id, async (state) => {
    if (!lifecycle.isActive) sockets.closeAll()
    if (!host.isHosted) await followState(state, lifecycle.isActive, { services, tasks })
  })
  // A remote plugin rests until its host says where it is.
  if (host.isRemote) lifecycle.restore('disabled')
  const tasks = new Tasks(() => lifecycle.isActive)
  const services = new Services({ metadata, basePath, host, tasks, given })
  const hooks = new EventHooks(({ handler, error }, { name, event_id }) =>
    services.logger.error(`Hook "${handler}" failed on ${name}`, { error, event_id }),
  )
  const filters = new FilterChain(({ handler, error }, filter) =>
    services.logger.error(`Filter "${handler}" of ${filter} failed`, { error }),
  )
  const routes = new RouteRegistry()
  const sockets = new WebSockets(routes, (error, path) =>
    services.logger.error(`WebSocket ${path} failed`, { error }),
  )
  return {
    basePath,
    hooks,
    filters,
    routes,
    sockets,
    tasks,
    health: new HealthChecks(),
    lifecycle,
    services,
  }
}
