import { randomUUID } from 'node:crypto'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Hono } from 'hono'
import type { ApiClient } from './api/index.js'
import type { Config, ConfigChange } from './config/index.js'
import { createPluginApp } from './create-app.js'
import { bindDecorated } from './decorators.js'
import { OpsError } from './errors.js'
import { currentEvent } from './event-context.js'
import type { EnvelopeOf, EventEnvelope, EventPattern, EventsOf, PayloadOf } from './events.js'
import { type HealthCheck, HealthChecks } from './health.js'
import { type EmitReport, EventHooks, type HookContext, type HookOptions } from './hooks/event-hooks.js'
import {
  FilterChain,
  type FilterContext,
  type FilterOptions,
  type FilterReport,
} from './hooks/filter-chain.js'
import { Lifecycle, type LifecycleHandler, type PluginState, type UpdateInfo } from './lifecycle/lifecycle.js'
import type { Logger } from './logger/index.js'
import type { Manifest } from './manifest/index.js'
import { type PluginMetadata, type ResolvedMetadata, resolveMetadata } from './metadata.js'
import { type PluginInternals, pluginInternals } from './plugin-internals.js'
import { createHostedPlugin } from './protocol/hosted-plugin.js'
import { type HostContext, type Registrations, readHostContext } from './protocol/index.js'
import { manifestOf, registrationsOf } from './registrations.js'
import { type HandlerOf, type RouteOptions, RouteRegistry } from './routes/route-definition.js'
import type { Scheduler, TaskHandler } from './scheduler/index.js'
import { type PluginServices, Services } from './services.js'
import type { Storage } from './storage/index.js'
import { type TaskOptions, Tasks } from './tasks.js'
import { isEventName } from './vocabulary.js'

export interface PluginOptions extends Partial<PluginServices> {
  /** Where `plugin.yaml` and `config.yaml` are read and `data/{id}/` is written. Default: the working directory. */
  basePath?: string
}

type MaybePromise<Value> = Value | PromiseLike<Value>

/**
 * A plugin: what it is, what it reacts to, and the services it works with.
 *
 * @example
 * export const plugin = new Plugin({ id: 'weather-monitor', name: 'Weather Monitor', version: '1.0.0' })
 * plugin.hook('device.created', ({ device_id }) => plugin.logger.info('Hello', { device_id }))
 * export default plugin
 */
export class Plugin {
  /** Who the plugin is, checked and completed; frozen. */
  readonly metadata: ResolvedMetadata
  readonly #hooks: EventHooks
  readonly #filters: FilterChain
  readonly #routes = new RouteRegistry()
  readonly #tasks: Tasks
  readonly #health = new HealthChecks()
  readonly #lifecycle: Lifecycle
  readonly #services: Services
  readonly #basePath: string
  #host: HostContext | undefined

  /** @throws ManifestError naming each field of the metadata that is wrong. */
  constructor(metadata: PluginMetadata, options: PluginOptions = {}) {
    const { basePath = process.cwd(), ...given } = options
    this.metadata = resolveMetadata(metadata)
    this.#basePath = basePath
    this.#host = readHostContext()
    this.#lifecycle = new Lifecycle(this.metadata.id, (state) => this.#followState(state))
    this.#hooks = new EventHooks((failure, event) =>
      this.logger.error(`Hook "${failure.handler}" failed on ${event.name}`, {
        error: failure.error,
        event_id: event.event_id,
      }),
    )
    this.#filters = new FilterChain((failure, filter) =>
      this.logger.error(`Filter "${failure.handler}" of ${filter} failed`, { error: failure.error }),
    )
    this.#tasks = new Tasks(() => this.#lifecycle.isActive)
    this.#services = new Services({
      metadata: this.metadata,
      basePath,
      host: () => this.#host,
      tasks: this.#tasks,
      given,
    })
  }

  /** The platform's REST API, with the plugin's own permissions. */
  get api(): ApiClient {
    return this.#services.api
  }

  /** Key-value storage of the plugin's own. */
  get storage(): Storage {
    return this.#services.storage
  }

  get scheduler(): Scheduler {
    return this.#services.scheduler
  }

  get config(): Config {
    return this.#services.config
  }

  get logger(): Logger {
    return this.#services.logger
  }

  get state(): PluginState {
    return this.#lifecycle.state
  }

  /** Why the state is `error`. */
  get stateReason(): string | undefined {
    return this.#lifecycle.reason
  }

  /** Whether hooks, filters, routes and tasks run. */
  get isActive(): boolean {
    return this.#lifecycle.isActive
  }

  /**
   * Reacts to an event; the result changes nothing. Returns what undoes the registration.
   *
   * @example plugin.hook('device.metrics_updated', async ({ device_id, metrics }, { signal }) => {}, { priority: 5 })
   */
  hook<Pattern extends EventPattern>(
    event: Pattern,
    handler: (payload: PayloadOf<EventsOf<Pattern>>, context: HookContext<EnvelopeOf<Pattern>>) => unknown,
    options?: HookOptions,
  ): () => void {
    return this.#hooks.register(event, handler, options)
  }

  /**
   * Receives a value and returns the one to use instead. Returns what undoes the registration.
   *
   * @example plugin.filterHook('device.data.process', (device) => ({ ...device, enriched: true }))
   */
  filterHook<Value = Record<string, unknown>>(
    filter: string,
    handler: (value: Value, context: FilterContext) => MaybePromise<NoInfer<Value>>,
    options?: FilterOptions,
  ): () => void {
    return this.#filters.register(filter, handler, options)
  }

  /**
   * Answers HTTP requests at `/plugins/{id}{path}`. Returns what undoes the registration.
   *
   * @example plugin.route('/devices/:id', { methods: ['GET'] }, ({ params }) => ({ id: params.id }))
   */
  route<
    Path extends string,
    Params extends StandardSchemaV1 | undefined = undefined,
    Query extends StandardSchemaV1 | undefined = undefined,
    Body extends StandardSchemaV1 | undefined = undefined,
  >(
    path: Path,
    options: RouteOptions<Params, Query, Body>,
    handler: HandlerOf<Path, Params, Query, Body>,
  ): () => void {
    return this.#routes.register(path, options, handler)
  }

  /**
   * Names background work, so that it can be scheduled and survives a restart on the platform.
   *
   * @example plugin.task('train_model', async (args, { signal }) => {}, { cron: '0 * * * *' })
   */
  task<Args = unknown>(
    name: string,
    handler: (args: Args, context: Parameters<TaskHandler>[1]) => unknown,
    options?: TaskOptions,
  ): () => void {
    return this.#tasks.register(name, handler as TaskHandler, options)
  }

  /** Adds a check to `GET /health`: one that throws or returns `false` makes the answer 503. */
  healthCheck(name: string, check: HealthCheck): () => void {
    return this.#health.register(name, check)
  }

  onInstall(handler: LifecycleHandler<'install'>): () => void {
    return this.#lifecycle.on('install', handler)
  }

  onEnable(handler: LifecycleHandler<'enable'>): () => void {
    return this.#lifecycle.on('enable', handler)
  }

  onDisable(handler: LifecycleHandler<'disable'>): () => void {
    return this.#lifecycle.on('disable', handler)
  }

  onUpdate(handler: LifecycleHandler<'update'>): () => void {
    return this.#lifecycle.on('update', handler)
  }

  onUninstall(handler: LifecycleHandler<'uninstall'>): () => void {
    return this.#lifecycle.on('uninstall', handler)
  }

  onConfigChange(handler: (change: ConfigChange) => unknown): () => void {
    return this.#services.onConfigChange(handler)
  }

  /** Registers the decorated methods of an object: `plugin.use(new MyHandlers())`. */
  use(handlers: object): () => void {
    return bindDecorated(this, handlers)
  }

  install(): Promise<void> {
    return this.#lifecycle.run('install')
  }

  enable(): Promise<void> {
    return this.#lifecycle.run('enable')
  }

  disable(): Promise<void> {
    return this.#lifecycle.run('disable')
  }

  update(versions: UpdateInfo = { from: this.metadata.version, to: this.metadata.version }): Promise<void> {
    return this.#lifecycle.run('update', versions)
  }

  uninstall(): Promise<void> {
    return this.#lifecycle.run('uninstall')
  }

  /** Stops the services: timers, file watchers, requests under way. */
  stop(): Promise<void> {
    return this.#services.stop()
  }

  /**
   * Tells an event: to this plugin's own hooks, and on the platform to every plugin that may hear it.
   * Never rejects because of a handler: the report names each that failed.
   *
   * @throws OpsError `event_name_invalid`; ApiForbiddenError for a name that belongs to the platform.
   */
  async emit<Name extends string>(name: Name, payload: PayloadOf<Name>): Promise<EmitReport> {
    if (!isEventName(name)) {
      throw new OpsError(
        'event_name_invalid',
        `Cannot emit ${JSON.stringify(name)}: an event name has words and a dot, such as "prediction.completed"`,
      )
    }
    const event = this.#envelope(name, payload)
    if (this.#host) {
      await this.api.post(`/plugins/${this.metadata.id}/events`, {
        json: { event: name, payload, event_id: event.event_id },
      })
    }
    return this.#dispatch(event)
  }

  /** Passes a value through this plugin's filters of a name and returns what they made of it. */
  async applyFilter<Value>(filter: string, value: Value): Promise<Value> {
    return (await this.filterReport(filter, value)).value
  }

  /** As {@link applyFilter}, with the filters that failed. */
  filterReport<Value>(filter: string, value: Value, only?: readonly string[]): Promise<FilterReport<Value>> {
    if (!this.isActive) return Promise.resolve({ value, errors: [] })
    return this.#filters.apply(filter, value, only)
  }

  /** Everything a host asks of the plugin, as one Hono app. */
  createApp(options: { host?: HostContext } = {}): Hono {
    if (options.host) this.#host = options.host
    return createPluginApp({
      plugin: createHostedPlugin(this, {
        lifecycle: this.#lifecycle,
        tasks: this.#tasks,
        dispatch: (event, only) => this.#dispatch(event, only, false),
        matching: (event) => this.#hooks.matching(event).map((hook) => hook.handler),
      }),
      routes: this.#routes,
      health: this.#health,
      host: this.#host,
      onError: (error, route) => this.logger.error(`Route "${route.handler}" failed`, { error }),
    })
  }

  /** What a valid `plugin.yaml` of this plugin says. */
  getManifest(): Manifest {
    return manifestOf(this.metadata, this.getRegistrations())
  }

  /** The hooks, filters, routes and tasks registered so far. */
  getRegistrations(): Registrations {
    return registrationsOf(this.#hooks.all, this.#filters.all, this.#routes.all, this.#tasks.all)
  }

  /** @internal For the testing kit. */
  get [pluginInternals](): PluginInternals {
    return {
      lifecycle: this.#lifecycle,
      tasks: this.#tasks,
      basePath: this.#basePath,
      replaceServices: (services) => this.#services.replace(services),
    }
  }

  #dispatch(event: EventEnvelope, only?: readonly string[], repeat = true): Promise<EmitReport> {
    if (!this.isActive) return Promise.resolve({ event, results: [], errors: [] })
    if (!this.#host) return this.#hooks.dispatch(event, only, repeat)
    return currentEvent.run(event, () => this.#hooks.dispatch(event, only, repeat))
  }

  #envelope(name: string, payload: Record<string, unknown>): EventEnvelope {
    const cause = currentEvent.getStore()
    return {
      name,
      payload,
      event_id: randomUUID(),
      organization_id: this.#host?.organization_id ?? 'local',
      occurred_at: new Date().toISOString(),
      caused_by: cause
        ? { event_id: cause.event_id, depth: (cause.caused_by?.depth ?? 0) + 1, plugin_id: this.metadata.id }
        : null,
    }
  }

  /** Tasks with a cron of their own are scheduled while the plugin is enabled; all rest while it is not. */
  async #followState(state: PluginState): Promise<void> {
    if (this.#host) return
    if (state === 'enabled') {
      for (const { name, options } of this.#tasks.all) {
        if (options.cron) await this.scheduler.schedule(options.cron, name)
      }
      await this.#services.made.scheduler?.resume()
    }
    if (!this.isActive) await this.#services.made.scheduler?.pause()
    if (state === 'uninstalled') await this.#services.made.scheduler?.cancelAll()
  }
}
