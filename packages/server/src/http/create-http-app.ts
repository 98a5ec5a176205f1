import { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { isOfOperator, requirePermission } from '../auth/principal.js'
import type { Database } from '../database/client.js'
import { traceRequests } from '../tracing/trace-requests.js'
import { allowedMethods } from './allowed-methods.js'
import type { AppEnv } from './app-env.js'
import { type Authenticate, authenticated } from './authenticate.js'
import { docsPage } from './docs-page.js'
import { HttpProblem } from './http-problem.js'
import { repeatGuard } from './idempotency.js'
import { readJsonBody } from './json-body.js'
import { type OpenApiDocument, openApiDocument } from './openapi-document.js'
import { answerError, problemResponse } from './problem-response.js'
import { requestLog } from './request-log.js'
import type { ServerMetrics } from './server-metrics.js'
import { validationHook } from './validation-hook.js'

/** An app or router whose routes describe themselves in OpenAPI. */
export type ApiRouter = OpenAPIHono<AppEnv>

/** Adds routes of one feature. */
export type AddRoutes = (router: ApiRouter) => void

/** Whether the server is able to work, for `/ready`. */
export type ReadinessCheck = () => Promise<void>

export interface HttpAppOptions {
  database: Database
  logger: Logger
  version: string
  maxBodyBytes: number
  authenticate: Authenticate
  /** Routes below `/api/v1`; a valid key is required before they are asked. */
  api: AddRoutes[]
  /** Paths below `/api/v1` that read large bodies themselves, such as uploads. */
  unlimitedPaths?: readonly string[]
  /** Routes at the root that check keys themselves. */
  root?: AddRoutes[]
  /** Runs after authentication, for every request below `/api/v1`. */
  apiMiddleware?: MiddlewareHandler<AppEnv>[]
  ready?: ReadinessCheck[]
  /** Measures requests and answers `/metrics`: with a key of the operator's, figures of plugins and organizations too. */
  metrics?: ServerMetrics | undefined
}

/** Who reads `/metrics`. @throws HttpProblem 401, 403 for a key that is wrong or may not read plugins. */
async function readerOf(
  authorization: string | undefined,
  authenticate: Authenticate,
): Promise<'anybody' | 'operator'> {
  if (authorization === undefined) return 'anybody'
  const principal = await authenticate(authorization)
  requirePermission(principal, 'plugins:read')
  return isOfOperator(principal) && principal.kind === 'key' ? 'operator' : 'anybody'
}

/** A router that answers invalid input with 422. */
export function createRouter(): ApiRouter {
  return new OpenAPIHono<AppEnv>({ defaultHook: validationHook })
}

/** The whole HTTP surface of a server, as a fetch handler. */
export function createHttpApp(options: HttpAppOptions): ApiRouter {
  const app = createRouter()
  const { metrics } = options
  if (metrics) app.use(metrics.measure)
  app.use(traceRequests)
  app.use(requestLog(options.logger))
  app.onError(answerError)
  app.notFound((c) => {
    const methods = allowedMethods(app, c.req.path)
    const problem =
      methods.length === 0
        ? new HttpProblem(404, `There is nothing at ${c.req.path.slice(0, 256)}`)
        : new HttpProblem(405, `${c.req.method} is not possible here, only ${methods.join(', ')}`, {
            headers: { allow: methods.join(', ') },
          })
    return problemResponse(problem, c)
  })

  app.get('/health', (c) => c.json({ status: 'healthy', version: options.version }))
  app.get('/ready', async (c) => {
    const checks = [() => options.database.executeSql('select 1'), ...(options.ready ?? [])]
    try {
      await Promise.all(checks.map((check) => check()))
    } catch (cause) {
      throw new HttpProblem(503, 'Not ready', { headers: { 'retry-after': '1' }, cause })
    }
    return c.json({ status: 'ready' })
  })

  if (metrics) {
    app.get('/metrics', async (c) => {
      const text = await metrics.text(await readerOf(c.req.header('authorization'), options.authenticate))
      return c.body(text, 200, { 'content-type': metrics.contentType })
    })
  }

  const api = app.basePath('/api/v1')
  api.use('*', authenticated(options.authenticate))
  const readBody = readJsonBody(options.maxBodyBytes)
  api.use('*', (c, next) => (options.unlimitedPaths?.includes(c.req.path) ? next() : readBody(c, next)))
  api.use('*', repeatGuard(options.database.kysely))
  for (const middleware of options.apiMiddleware ?? []) api.use('*', middleware)

  const routes = createRouter()
  for (const add of options.api) add(routes)
  app.route('/api/v1', routes)

  app.openAPIRegistry.registerComponent('securitySchemes', 'api_key', { type: 'http', scheme: 'bearer' })
  let described: OpenApiDocument | undefined
  const document = (): OpenApiDocument => {
    described ??= openApiDocument(app, options.version)
    return described
  }
  app.get('/openapi.json', (c) => c.json(document()))
  app.get('/docs', (c) => c.html(docsPage(document())))
  for (const add of options.root ?? []) add(app)
  return app
}
