import type { Principal } from '../../auth/principal.js'
import type { Database } from '../../database/client.js'
import type { Authenticate } from '../../http/authenticate.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import type { Installation } from '../installations/installation.js'
import { findInstallation } from '../installations/installation-repository.js'
import type { LaunchedPlugin } from '../running/launch-plugin.js'
import type { PluginRunner } from '../running/plugin-runner.js'
import { isOpenRoute } from './plugin-routes.js'

const RETRY_AFTER_SECONDS = '5'

export interface TargetServices {
  database: Database
  authenticate: Authenticate
  /** What runs here of a plugin: in one organization, else in that which installed it first. */
  runnerFor: (pluginId: string, organizationId: string | undefined) => PluginRunner | undefined
}

/** A request to a route of a plugin, as far as it decides who may make it. */
export interface RouteRequest {
  pluginId: string
  method: string
  path: string
  /** The header, or what stands for it. */
  authorization: string | undefined
}

/** Where a request goes, and who makes it. */
export interface ProxyTarget {
  installation: Installation
  /** Undefined for a route that is open to everybody. */
  principal: Principal | undefined
  runner: PluginRunner
  launched: LaunchedPlugin
}

/**
 * The plugin that is meant: of the caller's organization, or for an open route of the first that has it. A key that
 * is sent counts on an open route, too: one that is wrong is refused. What runs here is known without the database.
 *
 * @throws HttpProblem 401 without a valid key, 404 for a plugin that is not installed, 503 when it does not run.
 */
export function proxyTarget(
  services: TargetServices,
  request: RouteRequest,
): ProxyTarget | Promise<ProxyTarget> {
  const { authorization } = request
  const principal = authorization === undefined ? undefined : services.authenticate(authorization)
  return principal instanceof Promise
    ? principal.then((found) => targetFor(services, request, found))
    : targetFor(services, request, principal)
}

function targetFor(
  services: TargetServices,
  request: RouteRequest,
  principal: Principal | undefined,
): ProxyTarget | Promise<ProxyTarget> {
  const runner = services.runnerFor(request.pluginId, principal?.organization_id)
  const launched = runner?.current
  if (!runner || !launched) return refuse(services, request, principal)
  const target = { installation: runner.installation, principal, runner, launched }
  if (principal || isOpenRoute(target.installation, request.method, request.path)) return target
  return Promise.resolve(services.authenticate(undefined)).then(() => target)
}

async function refuse(...whom: Parameters<typeof whyNot>): Promise<never> {
  throw await whyNot(...whom)
}

/** What is said of a plugin that does not run here: without a key nobody learns which plugins are installed. */
async function whyNot(
  { database, authenticate }: TargetServices,
  { pluginId, method, path }: RouteRequest,
  principal: Principal | undefined,
): Promise<HttpProblem> {
  const installation = principal
    ? await findInstallation(database.kysely, principal.organization_id, pluginId)
    : await database.kysely
        .selectFrom('installations')
        .selectAll()
        .where('plugin_id', '=', pluginId)
        .orderBy('installed_at')
        .executeTakeFirst()
  if (!principal && !(installation && isOpenRoute(installation, method, path))) await authenticate(undefined)
  if (!installation) return notFound('plugin', pluginId)
  const why = !installation.enabled
    ? 'is not enabled'
    : installation.state === 'error'
      ? 'has failed, and does not run until it is enabled again'
      : 'is not running right now'
  return new HttpProblem(503, `Plugin "${pluginId}" ${why}`, {
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
  })
}
