import type { AppPlugin } from '../create-app.js'
import { errorMessage, OpsError } from '../errors.js'
import type { EventEnvelope } from '../events.js'
import type { EmitReport, HostDispatch } from '../hooks/event-hooks.js'
import { type Lifecycle, LifecycleError } from '../lifecycle/lifecycle.js'
import type { Plugin } from '../plugin.js'
import type { Services } from '../services.js'
import type { Tasks } from '../tasks.js'
import { withTrace } from '../trace-context.js'
import { type HostPhase, handlerFailure } from './host-app.js'
import type { HostLink } from './host-link.js'
import type { LifecycleRequest } from './messages.js'

/** The parts of a plugin that only its host reaches. */
export interface HostedParts {
  lifecycle: Lifecycle
  services: Services
  tasks: Tasks
  host: HostLink
  dispatch: (
    event: EventEnvelope,
    only: readonly string[] | undefined,
    limits: HostDispatch,
  ) => Promise<EmitReport>
  matching: (event: string) => string[]
}

/** A plugin as its host sees it. */
export function createHostedPlugin(plugin: Plugin, parts: HostedParts): AppPlugin {
  const { host, tasks, dispatch, matching } = parts
  return {
    metadata: plugin.metadata,
    get state() {
      return plugin.state
    },
    get isActive() {
      return plugin.isActive
    },
    get isStarted() {
      return host.context !== undefined
    },
    registrations: () => plugin.getRegistrations(),
    async runPhase(phase, request) {
      try {
        await phases[phase](plugin, parts, request)
      } catch (error) {
        // The answer has the message alone: where it was thrown only the log can say.
        const thrown = error instanceof LifecycleError ? error.cause : error
        parts.services.logger.error(errorMessage(error), { error: thrown })
        throw error
      }
    },
    async deliver({ handlers, trace, ...event }, limits) {
      if (!plugin.isActive)
        throw new OpsError('plugin_disabled', `Plugin "${plugin.metadata.id}" is ${plugin.state}`)
      // Asked before, because a hook with `once` is gone afterwards.
      const heard = matching(event.name)
      // One that is asked for and not named in the answer does not exist any more: the host must learn of that.
      const asked = handlers ? heard.filter((handler) => handlers.includes(handler)) : heard
      const report = await withTrace(trace, () => dispatch(event, handlers, limits))
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

type RunPhase = (plugin: Plugin, parts: HostedParts, request: LifecycleRequest) => Promise<void>

const phases: Readonly<Record<HostPhase, RunPhase>> = {
  /** The host tells where the installation is; `enable` follows for one that is enabled. */
  start: async (_plugin, { host, lifecycle, services }, { state = 'disabled', context }) => {
    const told = host.isRemote ? context : undefined
    const isNew = told === undefined || host.adopt(told)
    if (told) await services.adopt(told)
    // A host that comes back finds a remote plugin as it left it, and what lives in its memory still there.
    if (isNew || state === 'uninstalled') lifecycle.restore(state)
  },
  install: (plugin) => plugin.install(),
  enable: (plugin) => plugin.enable(),
  disable: (plugin) => plugin.disable(),
  update: (plugin, _parts, { from, to }) =>
    plugin.update({ from: from ?? plugin.metadata.version, to: to ?? plugin.metadata.version }),
  uninstall: (plugin) => plugin.uninstall(),
  'config-change': async (plugin, _parts, { new_config }) => {
    await plugin.config.replacePlatformValues(new_config ?? {})
  },
  stop: (plugin) => plugin.stop(),
}
