import type { AppPlugin } from '../create-app.js'
import { OpsError } from '../errors.js'
import type { EventEnvelope } from '../events.js'
import type { EmitReport } from '../hooks/event-hooks.js'
import type { Lifecycle } from '../lifecycle/lifecycle.js'
import type { Plugin } from '../plugin.js'
import type { Tasks } from '../tasks.js'
import { type HostPhase, handlerFailure } from './host-app.js'
import type { LifecycleRequest } from './messages.js'

/** The parts of a plugin that only its host reaches. */
export interface HostedParts {
  lifecycle: Lifecycle
  tasks: Tasks
  dispatch: (
    event: EventEnvelope,
    only: readonly string[] | undefined,
    timeout: number | undefined,
  ) => Promise<EmitReport>
  matching: (event: string) => string[]
}

/** A plugin as its host sees it. */
export function createHostedPlugin(
  plugin: Plugin,
  { lifecycle, tasks, dispatch, matching }: HostedParts,
): AppPlugin {
  return {
    metadata: plugin.metadata,
    get state() {
      return plugin.state
    },
    get isActive() {
      return plugin.isActive
    },
    registrations: () => plugin.getRegistrations(),
    runPhase: (phase, request) => phases[phase](plugin, lifecycle, request),
    async deliver({ handlers, ...event }, timeout) {
      if (!plugin.isActive)
        throw new OpsError('plugin_disabled', `Plugin "${plugin.metadata.id}" is ${plugin.state}`)
      // Asked before, because a hook with `once` is gone afterwards.
      const asked = handlers ?? matching(event.name)
      const report = await dispatch(event, handlers, timeout)
      return {
        event_id: event.event_id,
        handlers: asked,
        failures: report.errors.map(handlerFailure),
      }
    },
    filter: (name, value, handlers) => plugin.filterReport(name, value, handlers),
    runTask: (name, args, context) => tasks.run(name, args, context),
    hasTask: (name) => tasks.has(name),
  }
}

type RunPhase = (plugin: Plugin, lifecycle: Lifecycle, request: LifecycleRequest) => Promise<void>

const phases: Readonly<Record<HostPhase, RunPhase>> = {
  /** The host tells where the installation is; `enable` follows for one that is enabled. */
  start: async (_plugin, lifecycle, { state = 'disabled' }) => lifecycle.restore(state),
  install: (plugin) => plugin.install(),
  enable: (plugin) => plugin.enable(),
  disable: (plugin) => plugin.disable(),
  update: (plugin, _lifecycle, { from, to }) =>
    plugin.update({ from: from ?? plugin.metadata.version, to: to ?? plugin.metadata.version }),
  uninstall: (plugin) => plugin.uninstall(),
  'config-change': async (plugin, _lifecycle, { new_config }) => {
    await plugin.config.replacePlatformValues(new_config ?? {})
  },
  stop: (plugin) => plugin.stop(),
}
