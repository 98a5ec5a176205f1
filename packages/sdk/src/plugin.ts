import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Hono } from 'hono'
import type { ApiClient } from './api/index.js'
import type { Config, ConfigChange } from './config/index.js'
import { bindDecorated } from './decorators.js'
import { type DefinedEvent, resolveEmission } from './defined-event.js'
import { currentEvent } from './event-context.js'
import { createEnvelope } from './event-envelope.js'
import type { EnvelopeOf, EventEnvelope, EventPattern, EventsOf, PayloadOf } from './events.js'
import type { HealthCheck } from './health.js'
import type {
  AnyHookHandler,
  EmitReport,
  HookContext,
  HookOptions,
  HostDispatch,
} from './hooks/event-hooks.js'
import type { FilterContext, FilterOptions, FilterReport } from './hooks/filter-chain.js'
import type { LifecycleHandler, PluginState, UpdateInfo } from './lifecycle/lifecycle.js'
import type { Logger } from './logger/index.js'
import type { Manifest } from './manifest/index.js'
import { type PluginMetadata, type ResolvedMetadata, resolveMetadata } from './metadata.js'
import { pluginApp } from './plugin-app.js'
import { pluginInternals } from './plugin-internals.js'
import { createPluginParts, type PluginParts } from './plugin-parts.js'
import { HostLink } from './protocol/host-link.js'
import type { HostContext, Registrations } from './protocol/index.js'
import { manifestOf, registrationsOf } from './registrations.js'
import type { HandlerOf, RouteOptions } from './routes/route-definition.js'
import type { WebSocketHandlersOf } from './routes/web-socket-definition.js'
import type { Scheduler, TaskHandler } from './scheduler/index.js'
import type { PluginServices } from './services.js'
import type { Storage } from './storage/index.js'
import type { TaskOptions } from './tasks.js'

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
  readonly #parts: PluginParts
  readonly #host = new HostLink()

  /** @throws ManifestError naming each field of the metadata that is wrong. */
  constructor(metadata: PluginMetadata, options: PluginOptions = {}) {
    this.metadata = resolveMetadata(metadata)
    this.#parts = createPluginParts(this.metadata, options, this.#host)
  }

  /** The platform's REST API, with the plugin's own permissions. */
  get api(): ApiClient {
    return this.#parts.services.api
  }

  /** Key-value storage of the plugin's own. */
  get storage(): Storage {
    return this.#parts.services.storage
  }

  get scheduler(): Scheduler {
    return this.#parts.services.scheduler
  }

  get config(): Config {
    return this.#parts.services.config
  }

  get logger(): Logger {
    return this.#parts.services.logger
  }

  get state(): PluginState {
    return this.#parts.lifecycle.state
  }

  /** Why the state is `error`. */
  get stateReason(): string | undefined {
    return this.#parts.lifecycle.reason
  }

  /** Whether hooks, filters, routes and tasks run. */
  get isActive(): boolean {
    return this.#parts.lifecycle.isActive
  }

  /**
   * Reacts to an event; the result changes nothing. Returns what undoes the registration.
   *
   * @example plugin.hook('device.metrics_updated', async ({ device_id, metrics }, { signal }) => {}, { priority: 5 })
   */
  hook<Name extends string, Payload, Given>(
    event: DefinedEvent<Name, Payload, Given>,
    handler: (payload: Payload, context: HookContext<EventEnvelope<Name, Payload>>) => unknown,
    options?: HookOptions,
  ): () => void
  hook<Pattern extends EventPattern>(
    event: Pattern,
    handler: (payload: PayloadOf<EventsOf<Pattern>>, context: HookContext<EnvelopeOf<Pattern>>) => unknown,
    options?: HookOptions,
  ): () => void
  hook(event: string | DefinedEvent, handler: AnyHookHandler, options?: HookOptions): () => void {
    return this.#parts.hooks.register(typeof event === 'string' ? event : event.name, handler, options)
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
    return this.#parts.filters.register(filter, handler, options)
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
    return this.#parts.routes.register(path, options, handler)
  }

  /**
   * Serves WebSockets at `/plugins/{id}{path}`. Returns what undoes the registration.
   *
   * @example plugin.webSocket('/live', { message: (socket, data) => socket.send(data) })
   */
  webSocket<
    Path extends string,
    Params extends StandardSchemaV1 | undefined = undefined,
    Query extends StandardSchemaV1 | undefined = undefined,
  >(path: Path, handlers: WebSocketHandlersOf<Path, Params, Query>): () => void {
    return this.#parts.sockets.register(path, handlers)
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
    return this.#parts.tasks.register(name, handler as TaskHandler, options)
  }

  /** Adds a check to `GET /health`: one that throws or returns `false` makes the answer 503. */
  healthCheck(name: string, check: HealthCheck): () => void {
    return this.#parts.health.register(name, check)
  }

  onInstall(handler: LifecycleHandler<'install'>): () => void {
    return this.#parts.lifecycle.on('install', handler)
  }

  onEnable(handler: LifecycleHandler<'enable'>): () => void {
    return this.#parts.lifecycle.on('enable', handler)
  }

  onDisable(handler: LifecycleHandler<'disable'>): () => void {
    return this.#parts.lifecycle.on('disable', handler)
  }

  onUpdate(handler: LifecycleHandler<'update'>): () => void {
    return this.#parts.lifecycle.on('update', handler)
  }

  onUninstall(handler: LifecycleHandler<'uninstall'>): () => void {
    return this.#parts.lifecycle.on('uninstall', handler)
  }

  onConfigChange(handler: (change: ConfigChange) => unknown): () => void {
    return this.#parts.services.onConfigChange(handler)
  }

  /** Registers the decorated methods of an object: `plugin.use(new MyHandlers())`. */
  use(handlers: object): () => void {
    return bindDecorated(this, handlers)
  }

  install(): Promise<void> {
    return this.#parts.lifecycle.run('install')
  }

  enable(): Promise<void> {
    return this.#parts.lifecycle.run('enable')
  }

  disable(): Promise<void> {
    return this.#parts.lifecycle.run('disable')
  }

  update(versions: UpdateInfo = { from: this.metadata.version, to: this.metadata.version }): Promise<void> {
    return this.#parts.lifecycle.run('update', versions)
  }

  uninstall(): Promise<void> {
    return this.#parts.lifecycle.run('uninstall')
  }

  /** Stops the services: timers, file watchers, requests under way. */
  stop(): Promise<void> {
    this.#parts.sockets.closeAll()
    return this.#parts.services.stop()
  }

  /**
   * Tells an event: to this plugin's own hooks, and on the platform to every plugin that may hear it.
   * Never rejects because of a handler: the report names each that failed.
   *
   * @throws OpsError `event_name_invalid`; `event_payload_invalid` for a payload that its `defineEvent` does not allow;
   * ApiForbiddenError for a name that belongs to the platform.
   */
  emit<Name extends string, Payload, Given>(
    event: DefinedEvent<Name, Payload, Given>,
    payload: Given,
  ): Promise<EmitReport>
  emit<Name extends string>(name: Name, payload: PayloadOf<Name>): Promise<EmitReport>
  async emit(event: string | DefinedEvent, given: Record<string, unknown>): Promise<EmitReport> {
    const emission = resolveEmission(event, given)
    const { name, payload } = emission instanceof Promise ? await emission : emission
    const { id: pluginId } = this.metadata
    const envelope = createEnvelope(name, payload, {
      pluginId,
      organizationId: this.#host.context?.organization_id,
    })
    if (this.#host.isHosted) {
      const json = { event: name, payload, event_id: envelope.event_id }
      await this.api.post(`/plugins/${pluginId}/events`, { json })
    }
    return this.#dispatch(envelope)
  }

  /** Passes a value through this plugin's filters of a name and returns what they made of it. */
  async applyFilter<Value>(filter: string, value: Value): Promise<Value> {
    return (await this.filterReport(filter, value)).value
  }

  /** As {@link applyFilter}, with the filters that failed. */
  filterReport<Value>(filter: string, value: Value, only?: readonly string[]): Promise<FilterReport<Value>> {
    if (!this.isActive) return Promise.resolve({ value, errors: [] })
    return this.#parts.filters.apply(filter, value, only)
  }

  /** Everything a host asks of the plugin, as one Hono app. */
  createApp(options: { host?: HostContext } = {}): Hono {
    if (options.host) this.#host.replace(options.host)
    return pluginApp(this, this.#parts, this.#host, (...event) => this.#dispatch(...event))
  }

  /** What a valid `plugin.yaml` of this plugin says. */
  getManifest(): Manifest {
    return manifestOf(this.metadata, this.getRegistrations())
  }

  /** The hooks, filters, routes and tasks registered so far. */
  getRegistrations(): Registrations {
    const { hooks, filters, routes, tasks } = this.#parts
    return registrationsOf(hooks.all, filters.all, routes.all, tasks.all)
  }

  /** @internal For the testing kit. */
  get [pluginInternals](): PluginParts {
    return this.#parts
  }

  #dispatch(event: EventEnvelope, only?: readonly string[], host?: HostDispatch): Promise<EmitReport> {
    if (!this.isActive) return Promise.resolve({ event, results: [], errors: [] })
    if (!this.#host.isHosted) return this.#parts.hooks.dispatch(event, only, host)
    return currentEvent.run(event, () => this.#parts.hooks.dispatch(event, only, host))
  }
}
