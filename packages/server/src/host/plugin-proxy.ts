import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { Context } from 'hono'
import type { Dispatcher } from 'undici'
import type { Principal } from '../auth/principal.js'
import type { Database } from '../database/client.js'
import type { AppEnv } from '../http/app-env.js'
import type { Authenticate } from '../http/authenticate.js'
import type { ApiRouter } from '../http/create-http-app.js'
import { HttpProblem, notFound } from '../http/http-problem.js'
import type { StoredInstallation } from './installation.js'
import { findInstallation } from './installation-repository.js'
import { isOpenRoute } from './plugin-routes.js'
import type { PluginRunner } from './plugin-runner.js'

export interface ProxyServices {
  database: Database
  authenticate: Authenticate
  runnerOf: (installationId: string) => PluginRunner | undefined
}

/** Milliseconds until a plugin must begin its answer. */
const ANSWER_TIMEOUT_MS = 60_000
const RETRY_AFTER_SECONDS = '5'

/** Headers that belong to one connection, or that a caller must not choose for the plugin. */
const NOT_PASSED_ON = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'expect',
  'authorization',
  'cookie',
])

/** `/plugins/{id}/*`: passes requests on to the running plugin, both ways as they come. */
export function pluginProxy(services: ProxyServices) {
  return (router: ApiRouter): void => {
    router.all('/plugins/:id/*', (c) => proxy(services, c, c.req.param('id')))
    router.all('/plugins/:id', (c) => proxy(services, c, c.req.param('id')))
  }
}

async function proxy(services: ProxyServices, c: Context<AppEnv>, pluginId: string): Promise<Response> {
  const installation = await authorized(services, c, pluginId)
  const runner = services.runnerOf(installation.id)
  const launched = runner?.current
  if (!installation.enabled || !launched) {
    const detail = installation.enabled
      ? `Plugin "${pluginId}" is not running right now`
      : `Plugin "${pluginId}" is not enabled`
    throw new HttpProblem(503, detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } })
  }
  const { pathname, search } = new URL(c.req.url)
  const body = c.req.raw.body
  try {
    const answer = await launched.process.connection.pool.request({
      method: c.req.method as Dispatcher.HttpMethod,
      path: `${pathname}${search}`,
      headers: passedOn(c.req.raw.headers),
      body: body ? Readable.fromWeb(body as NodeReadableStream) : null,
      headersTimeout: ANSWER_TIMEOUT_MS,
      signal: c.req.raw.signal,
    })
    const hasBody = c.req.method !== 'HEAD' && !BODILESS.has(answer.statusCode)
    return new Response(hasBody ? streamOf(answer.body) : null, {
      status: answer.statusCode,
      headers: answerHeaders(answer.headers),
    })
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === 'HeadersTimeoutError'
    if (isLate) await runner?.suspect(launched)
    throw isLate
      ? new HttpProblem(504, `Plugin "${pluginId}" did not answer within ${ANSWER_TIMEOUT_MS / 1_000} s`, {
          cause,
        })
      : new HttpProblem(502, `Plugin "${pluginId}" broke off the connection`, { cause })
  }
}

/** The installation that is meant: of the caller's organization, or for an open route of the first that has it. */
async function authorized(
  { database, authenticate }: ProxyServices,
  c: Context<AppEnv>,
  pluginId: string,
): Promise<StoredInstallation> {
  const header = c.req.header('authorization')
  if (header !== undefined) return ofOrganization(database, await authenticate(header), pluginId)
  const installation = await database.kysely
    .selectFrom('installations')
    .selectAll()
    .where('plugin_id', '=', pluginId)
    .orderBy('installed_at')
    .executeTakeFirst()
  // Without a key nobody learns which plugins are installed.
  if (!installation || !isOpenRoute(installation, c.req.method, c.req.path)) await authenticate(undefined)
  if (!installation) throw notFound('plugin', pluginId)
  return installation
}

async function ofOrganization(
  database: Database,
  principal: Principal,
  pluginId: string,
): Promise<StoredInstallation> {
  const installation = await findInstallation(database.kysely, principal.organization_id, pluginId)
  if (!installation) throw notFound('plugin', pluginId)
  return installation
}

const BODILESS = new Set([204, 205, 304])

function streamOf(body: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(body)
}

function passedOn(headers: Headers): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (!NOT_PASSED_ON.has(name) && !name.startsWith('x-ops-')) passed[name] = value
  }
  return passed
}

function answerHeaders(headers: Record<string, string | string[] | undefined>): Headers {
  const answer = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (NOT_PASSED_ON.has(name)) continue
    for (const each of Array.isArray(value) ? value : [value ?? '']) answer.append(name, each)
  }
  return answer
}
