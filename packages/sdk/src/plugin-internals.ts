import type { Lifecycle } from './lifecycle/lifecycle.js'
import type { PluginServices } from './services.js'
import type { Tasks } from './tasks.js'

/** Under this key a plugin shows its inside to the testing kit; registered, so that two copies of the SDK agree. */
export const pluginInternals = Symbol.for('@ops-center/plugin-sdk/internals')

/** What the testing kit reaches of a plugin. */
export interface PluginInternals {
  readonly lifecycle: Lifecycle
  readonly tasks: Tasks
  /** Where `plugin.yaml` is. */
  readonly basePath: string
  /** Puts others in the place of services, whether they were created already or not. */
  replaceServices(services: PluginServices): void
}
