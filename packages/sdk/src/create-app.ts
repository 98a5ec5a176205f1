import { Hono } from 'hono'
import type { HealthChecks } from './health.js'
import { createHostApp, type HostedPlugin } from './protocol/host-app.js'
import { HOST_PREFIX } from './protocol/messages.js'
import { docsPage } from './routes/docs-page.js'
import { openapiDocument } from './routes/openapi.js'
import { mountRoutes } from './routes/plugin-router.js'
import { problemResponse } from './routes/problem-response.js'
import type { RegisteredRoute, RouteRegistry } from './routes/route-definition.js'
import { withTrace } from './trace-context.js'

/** What an app shows of a plugin. */
export interface AppPlugin extends HostedPlugin {
  readonly metadata: {
    readonly id: string
    readonly name: string
    readonly version: string
    readonly description: string
  }
  readonly isActive: boolean
}

export interface AppParts {
  plugin: AppPlugin
  routes: RouteRegistry
  health: HealthChecks
  /** What the host proves itself with; undefined without a host. */
  secret: string | undefined
  onError: (error: unknown, route: RegisteredRoute) => void
}

/**
 * The one door of a plugin: its routes below `/plugins/{id}`, `/health`, and the host's endpoints. The app
 * follows the plugin: a route that is registered later answers at once.
 */
export function createPluginApp(parts: AppParts): Hono {
  let current: { version: number; app: Hono } | undefined
  const app = new Hono()
  const latest = () => {
    if (current?.version !== parts.routes.version) {
      current = { version: parts.routes.version, app: buildApp(parts) }
    }
    return current.app
  }
  // What an author adds to the app (middleware, another route) comes first, the plugin answers the rest.
  const fetchAdded = app.fetch
  app.notFound((c) => latest().fetch(c.req.raw, c.env))
  const answer: typeof app.fetch = (request, env, context) =>
    app.routes.length === 0 ? latest().fetch(request, env, context) : fetchAdded(request, env, context)
  app.fetch =
    parts.secret === undefined
      ? answer
      : (request, env, context) =>
          withTrace(request.headers.get('traceparent'), () => answer(request, env, context))
  return app
}

function buildApp({ plugin, routes, health, secret, onError }: AppParts): Hono {
  const { id, name, version } = plugin.metadata
  const prefix = `/plugins/${id}`
  const app = new Hono()
  app.get('/health', async (c) => {
    const report = await health.run()
    return c.json(
      { status: report.status, plugin: id, version, enabled: plugin.isActive, checks: report.checks },
      report.status === 'healthy' ? 200 : 503,
    )
  })
  if (secret !== undefined) app.route(HOST_PREFIX, createHostApp(plugin, secret))
  app.get(`${prefix}/openapi.json`, (c) => c.json(openapiDocument(plugin.metadata, routes.all)))
  app.get(`${prefix}/docs`, (c) => c.html(docsPage(name)))
  mountRoutes(app, prefix, routes.all, {
    isActive: () => plugin.isActive,
    secret,
    onError,
  })
  app.notFound((c) =>
    allowedMethods(routes, prefix, c.req.path).length > 0
      ? problemResponse(405, `${c.req.path} does not answer ${c.req.method}`, {
          headers: { allow: allowedMethods(routes, prefix, c.req.path).join(', ') },
        })
      : problemResponse(404, `Plugin "${id}" has no route ${c.req.method} ${c.req.path}`),
  )
  return app
}

function allowedMethods(routes: RouteRegistry, prefix: string, path: string): string[] {
  const segments = path.slice(prefix.length).split('/')
  return routes.all
    .filter((route) => matchesPath(route.path.split('/'), segments))
    .flatMap((route) => [...route.methods])
}

function matchesPath(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => part.startsWith(':') || part === path[index])
  )
}
