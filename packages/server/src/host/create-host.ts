import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { WatchPrincipal } from '../auth/principal-watch.js'
import type { Database } from '../database/client.js'
import { causedByMiddleware } from '../events/caused-by.js'
import { createEventPublisher, type FurtherJobs } from '../events/create-event-publisher.js'
import { deadLetterRoutes } from '../events/dead-letter-routes.js'
import type { EventPublisher } from '../events/event-publisher.js'
import { eventRoutes } from '../events/event-routes.js'
import { startHousekeeping } from '../events/housekeeping.js'
import { RecentEvents } from '../events/recent-events.js'
import type { Authenticate } from '../http/authenticate.js'
import type { ServerMetrics } from '../http/server-metrics.js'
import { Jobs } from '../jobs/jobs.js'
import type { ResolvedServerOptions } from '../options.js'
import type { Registry } from '../registry/registry.js'
import type { ServerModule } from '../server-module.js'
import { createStopStack, type StopStack } from '../stop-stack.js'
import { createFilterRunner } from './filters/create-filter-runner.js'
import { FilterRecords } from './filters/filter-records.js'
import type { FilterRunner } from './filters/filter-runner.js'
import { ConfigSecrets } from './installations/config-secrets.js'
import { InstallationStore } from './installations/installation-store.js'
import { LiveTokens } from './installations/installation-tokens.js'
import { Installations } from './installations/installations.js'
import { sweepQueues } from './installations/sweep-queues.js'
import { PluginLogs } from './observation/plugin-logs.js'
import { PluginMetrics } from './observation/plugin-metrics.js'
import { measureQueues } from './observation/queue-metrics.js'
import { PluginStorage } from './plugin-storage.js'
import { directProxy } from './proxy/direct-proxy.js'
import { pluginProxy } from './proxy/plugin-proxy.js'
import { RelayWatch } from './proxy/relay-watch.js'
import { WebSocketProxy } from './proxy/web-socket-proxy.js'
import { installationRoutes } from './routes/installation-routes.js'
import { observationRoutes } from './routes/observation-routes.js'
import { pluginEventRoutes } from './routes/plugin-event-routes.js'
import { pluginFilterRoutes } from './routes/plugin-filter-routes.js'
import { pluginReplayRoutes } from './routes/plugin-replay-routes.js'
import { pluginScheduleRoutes } from './routes/plugin-schedule-routes.js'
import { pluginStorageRoutes } from './routes/plugin-storage-routes.js'
import { pluginTaskRoutes } from './routes/plugin-task-routes.js'
import { type ApiSocket, serveApiSocket } from './running/api-socket.js'
import { PluginFiles } from './running/plugin-files.js'
import type { PluginRunner } from './running/plugin-runner.js'
import { PluginRunners } from './running/plugin-runners.js'
import { detectSandbox } from './running/sandbox.js'
import { INSTALLATIONS_CHANNEL, Subscriptions } from './subscriptions.js'
import { PluginTasks } from './tasks/plugin-tasks.js'
import { CANCELLED_RUNS_CHANNEL, TaskAborts } from './tasks/task-aborts.js'

export interface HostOptions {
  options: ResolvedServerOptions
  database: Database
  logger: Logger
  registry: Registry
  metrics: ServerMetrics
  watchPrincipal: WatchPrincipal
  /** Jobs that others than plugins need for events. */
  furtherJobs?: FurtherJobs | undefined
  /** Takes what ends each part as soon as that is there, so that a start that fails leaves nothing running. */
  started: Pick<StopStack, 'add'>
}

/** The part of a server that runs installations. */
export interface Host {
  readonly events: EventPublisher
  readonly filters: FilterRunner
  readonly tokens: LiveTokens
  readonly jobs: Jobs
  module(authenticate: Authenticate): ServerModule
}

/** Puts the host together: no plugin runs before its module opens. */
export async function createHost(given: HostOptions): Promise<Host> {
  const { options, database, logger, registry, watchPrincipal, furtherJobs, started } = given
  const metrics = new PluginMetrics(given.metrics)
  const onError = (error: unknown) => logger.error({ err: error }, 'Background work failed')
  const jobs = await Jobs.start({ database, onError })
  started.add(() => jobs.stop())
  const subscriptions = new Subscriptions(database)
  const logs = new PluginLogs(database, logger, metrics)
  started.add(() => logs.flush())
  const records = new FilterRecords(database, logger)
  started.add(() => records.flush())
  const tokens = new LiveTokens()
  const storage = new PluginStorage(database, {
    bytes: options.pluginStorageBytes,
    keys: options.pluginStorageKeys,
  })
  const socketDir = await mkdtemp(join(tmpdir(), 'ops-center-'))
  started.add(() => rm(socketDir, { recursive: true, force: true }))
  const apiSocket = join(socketDir, 'api.sock')
  let api: ApiSocket | undefined
  const runnerOf = (id: string): PluginRunner | undefined => runners.get(id)
  const recent = new RecentEvents()
  const events = createEventPublisher({
    jobs,
    logger,
    recent,
    hearers: (organizationId, event) => subscriptions.hearers(organizationId, event),
    furtherJobs,
  })
  const aborts = new TaskAborts()
  const tasks = new PluginTasks({ database, jobs, logs, runnerOf, aborts })
  const secrets = await ConfigSecrets.open(options.dataDir, options.secretKey)
  await secrets.requireAlike(database.leases)
  let listeningAt = ''
  const ending = new AbortController()
  const launch = {
    files: new PluginFiles(options.dataDir, registry),
    tokens,
    logs,
    metrics,
    socketDir,
    apiUrl: `unix:${apiSocket}`,
    publicUrl: () => options.publicUrl ?? listeningAt,
    derive: (purpose: string) => secrets.derive(purpose),
    inProcessPlugins: options.inProcessPlugins,
    sandbox: options.pluginInspect === undefined ? await detectSandbox() : undefined,
    inspect: options.pluginInspect,
    ending: ending.signal,
  }
  const store = new InstallationStore({
    database,
    jobs,
    events,
    subscriptions,
    secrets,
  })
  const runners = new PluginRunners({ database, jobs, recent, store, tasks, launch, logger })
  const installations = new Installations({
    registry,
    store,
    runners,
    launch,
    storage,
    leases: database.leases,
    logger,
  })
  measureQueues(given.metrics, database)
  metrics.watch(() => runners.figures())
  const sockets = new WebSocketProxy(watchPrincipal)
  const relays = new RelayWatch(options.pluginAnswerTimeout, onError)
  started.add(() => relays.close())
  const housekeeping = startHousekeeping({ database, storage, tasks, onError })
  started.add(() => housekeeping.stop())
  let isOpen = false
  const background = new Set<Promise<void>>()
  started.add(() => allOver([...background]))
  const inBackground = (work: Promise<void>) => {
    const watched = work.catch(onError).finally(() => background.delete(watched))
    background.add(watched)
  }
  const unlisten = await database.listen(INSTALLATIONS_CHANNEL, (id) => {
    inBackground(subscriptions.refresh())
    if (isOpen) inBackground(installations.follow(id))
  })
  started.add(unlisten)
  // What changed on other nodes while a connection was lost was told to nobody here.
  const offListening = database.onListening((isListening) => {
    if (!isListening) return
    inBackground(subscriptions.refresh())
    if (isOpen) inBackground(installations.followAll())
  })
  started.add(offListening)
  const unlistenRuns = await database.listen(CANCELLED_RUNS_CHANNEL, (id) => aborts.abort(id))
  started.add(unlistenRuns)
  await subscriptions.refresh()
  await launch.files.prune(await store.list()).catch(onError)

  const proxyServices = (authenticate: Authenticate) => ({
    database,
    authenticate,
    runnerFor: (pluginId: string, organizationId: string | undefined) =>
      runners.find(pluginId, organizationId),
    answerTimeout: options.pluginAnswerTimeout,
    maxBodyBytes: options.maxPluginBodyBytes,
    sockets,
    relays,
    watchPrincipal,
  })
  const module = (authenticate: Authenticate): ServerModule => ({
    name: 'host',
    http: {
      apiMiddleware: [causedByMiddleware(database)],
      api: [
        eventRoutes({ database, events }),
        deadLetterRoutes(database, jobs),
        pluginStorageRoutes(storage),
        pluginScheduleRoutes(tasks),
        pluginEventRoutes(database, events),
        pluginFilterRoutes({ installations, records }),
        pluginTaskRoutes({ installations, tasks }),
        pluginReplayRoutes({ database, jobs, installations }),
        installationRoutes({ installations, registry, runnerOf }),
        observationRoutes({ database, installations, runnerOf, logs, tasks, jobs, storage, watchPrincipal }),
      ],
      root: [pluginProxy(proxyServices(authenticate))],
      direct: [directProxy({ ...proxyServices(authenticate), logger, metrics: given.metrics })],
    },
    async open({ url, fetch }) {
      listeningAt = url
      if (options.inProcessPlugins.length > 0) {
        logger.warn(
          { plugins: options.inProcessPlugins },
          'These plugins run inside the server, which confines them in nothing: OPS_CENTER_IN_PROCESS_PLUGINS',
        )
      }
      api = await serveApiSocket(apiSocket, fetch)
      isOpen = true
      inBackground(installations.startAll())
      inBackground(sweepQueues(database, jobs))
    },
    async close() {
      isOpen = false
      ending.abort()
      // One that fails, as when the database is gone, keeps none of the others from being stopped.
      const closing = createStopStack()
      closing.add(() => api?.close())
      closing.add(() => sockets.close())
      closing.add(() => runners.removeAll())
      closing.add(() => allOver([installations.idle(), ...background]))
      closing.add(() => runners.removeAll())
      await closing.stop()
    },
  })
  return {
    events,
    filters: createFilterRunner({ subscriptions, logs, records, runnerOf, onError }),
    tokens,
    jobs,
    module,
  }
}

async function allOver(work: readonly Promise<void>[]): Promise<void> {
  await Promise.all(work)
}
