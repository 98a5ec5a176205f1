import type { Hono } from 'hono'
import { createPluginApp } from './create-app.js'
import type { Plugin } from './plugin.js'
import type { PluginParts } from './plugin-parts.js'
import type { HostLink } from './protocol/host-link.js'
import { createHostedPlugin, type HostedParts } from './protocol/hosted-plugin.js'

/** The app of a plugin, put together from its parts. */
export function pluginApp(
  plugin: Plugin,
  { hooks, routes, health, lifecycle, services, tasks }: PluginParts,
  host: HostLink,
  dispatch: HostedParts['dispatch'],
): Hono {
  return createPluginApp({
    plugin: createHostedPlugin(plugin, {
      lifecycle,
      services,
      tasks,
      host,
      dispatch,
      matching: (event) => hooks.matching(event).map((hook) => hook.handler),
    }),
    routes,
    health,
    secret: host.secret,
    onError: (error, route) => services.logger.error(`Route "${route.handler}" failed`, { error }),
  })
}
