import type { Logger } from 'pino'
import { type AdminKey, ensureAdminKey } from './auth/admin-key.js'
import { ApiKeys } from './auth/api-keys.js'
import { PrincipalChanges } from './auth/principal-changes.js'
import { PrincipalWatch } from './auth/principal-watch.js'
import { type Database, openDatabase } from './database/client.js'
import { lockDataFolder } from './database/data-folder-lock.js'
import { createHost } from './host/create-host.js'
import { createAuthenticate } from './http/authenticate.js'
import { type ApiRouter, createHttpApp } from './http/create-http-app.js'
import { listen, requireFreePort } from './http/listen.js'
import { limitRate } from './http/rate-limit.js'
import { createServerMetrics } from './http/server-metrics.js'
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './options.js'
import { createRegistry } from './registry/registry.js'
import { REGISTRY_UNLIMITED_PATHS, registryRoutes } from './registry/registry-routes.js'
import { resolveSignaturePolicy } from './registry/signature-policy.js'
import { emptyUploadFolder } from './registry/upload/upload-folder.js'
import { auditTrail } from './resources/audit/audit-trail.js'
import { startForgetting } from './resources/forget-old.js'
import { resourceRoutes } from './resources/resource-routes.js'
import { createWebhooks } from './resources/webhooks/create-webhooks.js'
import { queueDeliveries } from './resources/webhooks/queue-deliveries.js'
import { WebhookDirectory } from './resources/webhooks/webhook-directory.js'
import { createServerLogger } from './server-logger.js'
import type { ServerModule } from './server-module.js'
import { SERVER_VERSION } from './server-version.js'
import { createStopStack } from './stop-stack.js'

/** A running Ops-Center. */
export interface Server {
  /** Where it can be reached, without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly options: ResolvedServerOptions
  readonly adminKey: AdminKey
  readonly app: ApiRouter
  readonly database: Database
  readonly logger: Logger
  /** Finishes open requests, then stops everything in reverse order; calling it again waits for the same. */
  close(): Promise<void>
}

/**
 * Starts an Ops-Center in this process. Settings that are left out come from the environment.
 *
 * @throws OpsError with a one-line message: a bad setting or trusted key, the port taken, the data folder in use or not writable,
 * the database not reachable.
 * @example
 * const server = await createServer({ port: 0, dataDir: '/tmp/try' })
 * console.error(server.url)
 * await server.close()
 */
export async function createServer(given: ServerOptions & { logger?: Logger } = {}): Promise<Server> {
  const options = resolveServerOptions(process.env, given)
  const logger = given.logger ?? createServerLogger(options)
  const signatures = await resolveSignaturePolicy(options)
  const started = createStopStack()
  try {
    const lock = await lockDataFolder(options.dataDir)
    started.add(() => lock.release())
    // Opening the database takes a while; the port itself is opened last, when there is somebody to answer.
    await requireFreePort(options)

    const database = await openDatabase({
      dataDir: options.dataDir,
      databaseUrl: options.databaseUrl,
      onError: (err) => logger.warn({ err }, 'A database connection was lost'),
    })
    started.add(() => database.close())

    const adminKey = await ensureAdminKey(database, options)
    const directory = await WebhookDirectory.open(database, (err) =>
      logger.error({ err }, 'Webhooks could not be read'),
    )
    started.add(() => directory.close())
    const changes = await PrincipalChanges.open(database)
    started.add(() => changes.close())
    const principals = new PrincipalWatch(database, changes, (err) =>
      logger.error({ err }, 'A key of something that is open could not be looked at again'),
    )
    started.add(() => principals.close())
    const metrics = createServerMetrics(database)
    const host = await createHost({
      metrics,
      options,
      database,
      logger,
      registry: createRegistry(database, signatures),
      watchPrincipal: principals.watch,
      furtherJobs: queueDeliveries(directory),
      started,
    })
    const uploads = await emptyUploadFolder(options.dataDir)
    const { events, filters, tokens, jobs } = host
    const authenticate = limitRate(
      createAuthenticate(new ApiKeys(database, changes), tokens),
      options.rateLimit,
    )
    let forgetting: ReturnType<typeof startForgetting> | undefined
    const modules: ServerModule[] = [
      {
        name: 'resources',
        http: {
          api: [resourceRoutes({ database, events, filters, logger })],
          apiMiddleware: [auditTrail(database)],
        },
        async start() {
          forgetting = startForgetting(database, {
            ...options,
            onError: (err) => logger.error({ err }, 'What is old could not be forgotten'),
          })
        },
        async stop() {
          forgetting?.stop()
        },
      },
      {
        name: 'registry',
        http: {
          api: [registryRoutes({ ...options, database, signatures, temporaryDirectory: uploads })],
          unlimitedPaths: REGISTRY_UNLIMITED_PATHS,
        },
      },
      host.module(authenticate),
      createWebhooks({
        database,
        events,
        filters,
        jobs,
        logger,
        directory,
        allowPrivate: options.webhooksAllowPrivate,
      }),
    ]
    const app = createHttpApp({
      database,
      logger,
      version: SERVER_VERSION,
      metrics,
      maxBodyBytes: options.maxBodyBytes,
      authenticate,
      api: modules.flatMap(({ http }) => http?.api ?? []),
      root: modules.flatMap(({ http }) => http?.root ?? []),
      apiMiddleware: modules.flatMap(({ http }) => http?.apiMiddleware ?? []),
      unlimitedPaths: modules.flatMap(({ http }) => http?.unlimitedPaths ?? []),
      ready: modules.flatMap(({ http }) => http?.ready ?? []),
    })
    for (const module of modules) {
      started.add(() => module.stop?.())
      await module.start?.()
    }

    const listening = await listen({
      ...options,
      fetch: app.fetch,
      direct: modules.flatMap(({ http }) => http?.direct ?? []),
    })
    started.add(() => listening.close())
    const { url, port } = listening
    for (const module of modules) {
      started.add(() => module.close?.())
      await module.open?.({ url, fetch: app.fetch })
    }
    return { url, port, options, adminKey, app, database, logger, close: () => started.stop() }
  } catch (error) {
    await started.stop().catch((err: unknown) => logger.error({ err }, 'Not everything could be stopped'))
    throw error
  }
}
