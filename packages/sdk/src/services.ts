import { join } from 'node:path'
import { type ApiClient, createApiClient, createSocketFetch, resolveApiOptions } from './api/index.js'
import { type Config, type ConfigChange, createConfig } from './config/index.js'
import { OpsError } from './errors.js'
import { currentEvent } from './event-context.js'
import { createLogger, type Logger } from './logger/index.js'
import type { ResolvedMetadata } from './metadata.js'
import type { HostLink } from './protocol/host-link.js'
import { CAUSED_BY_HEADER, type HostContext } from './protocol/messages.js'
import {
  createLocalScheduler,
  createPlatformScheduler,
  type Scheduler,
  type TaskRegistry,
} from './scheduler/index.js'
import { createFileStorage, createPlatformStorage, type Storage } from './storage/index.js'
import { currentTraceparent, traceFields } from './trace-context.js'

/** Services an author may bring along instead of the default ones. */
export interface PluginServices {
  api: ApiClient
  storage: Storage
  scheduler: Scheduler
  config: Config
  logger: Logger
}

export interface ServiceSetup {
  metadata: ResolvedMetadata
  basePath: string
  host: HostLink
  tasks: TaskRegistry
  given: Partial<PluginServices>
}

/** A handler of config changes, and what takes it off the config it listens to. */
interface ConfigHandler {
  readonly handle: (change: ConfigChange) => unknown
  off: (() => void) | undefined
}

/** Any name will do: the socket leads to one place only. */
const SOCKET_HOST = 'http://ops-center'

/** The path of the Unix socket at which the host's API answers, if it is one. */
function socketOf(host: HostContext | undefined): string | undefined {
  return host?.api_url.startsWith('unix:') ? host.api_url.slice('unix:'.length) : undefined
}

function notStarted(pluginId: string): OpsError {
  return new OpsError(
    'host_not_started',
    `Plugin "${pluginId}" waits for its host, which has not called yet: use the API in handlers, not while modules are loaded`,
  )
}

/** The services of one plugin, each created on first use. */
export class Services implements PluginServices {
  readonly #setup: ServiceSetup
  readonly #made: Partial<PluginServices>
  readonly #configHandlers = new Set<ConfigHandler>()

  constructor(setup: ServiceSetup) {
    this.#setup = setup
    this.#made = { ...setup.given }
  }

  get logger(): Logger {
    if (this.#made.logger) return this.#made.logger
    const { metadata, host } = this.#setup
    const logger = createLogger({
      name: metadata.id,
      context: traceFields,
      // Standard output belongs to the host here.
      ...(host.inProcess
        ? { format: 'json', level: 'debug', destination: { write: host.inProcess.writeLine } }
        : {}),
    })
    for (const secret of [host.context?.api_key, host.secret]) if (secret) logger.addSecret(secret)
    this.#made.logger = logger
    return logger
  }

  get config(): Config {
    const { metadata, basePath, host } = this.#setup
    if (this.#made.config) return this.#made.config
    const platform = host.context?.config
    const config = createConfig({
      basePath,
      ...(metadata.config_schema ? { schema: metadata.config_schema } : {}),
      ...(platform ? { platform } : {}),
      // The environment is the host's here, and not the plugin's.
      ...(host.inProcess ? { env: {} } : {}),
      onSecret: (value) => this.logger.addSecret(value),
      onError: (error) => this.logger.error(error),
    })
    this.replace({ config })
    return config
  }

  get api(): ApiClient {
    const { host } = this.#setup
    const resolve = () => {
      const { context } = host
      if (context) return { url: socketOf(context) ? SOCKET_HOST : context.api_url, apiKey: context.api_key }
      if (host.isHosted) throw notStarted(this.#setup.metadata.id)
      const options = resolveApiOptions({ env: process.env, config: this.config })
      if (options.apiKey) this.logger.addSecret(options.apiKey)
      return options
    }
    const socket = socketOf(host.context)
    this.#made.api ??= createApiClient({
      ...(socket ? { fetch: createSocketFetch(socket) } : {}),
      url: () => resolve().url,
      apiKey: () => resolve().apiKey,
      headers: () => {
        const cause = host.context && currentEvent.getStore()
        const traceparent = currentTraceparent()
        return {
          ...(cause ? { [CAUSED_BY_HEADER]: cause.event_id } : {}),
          ...(traceparent ? { traceparent } : {}),
        }
      },
    })
    return this.#made.api
  }

  get storage(): Storage {
    const { metadata, basePath, host } = this.#setup
    this.#made.storage ??= host.isHosted
      ? createPlatformStorage({ request: this.api.request, pluginId: metadata.id })
      : createFileStorage({ directory: join(basePath, 'data', metadata.id) })
    return this.#made.storage
  }

  get scheduler(): Scheduler {
    const { metadata, host, tasks } = this.#setup
    this.#made.scheduler ??= host.isHosted
      ? createPlatformScheduler({ request: this.api.request, pluginId: metadata.id, tasks })
      : createLocalScheduler({ tasks, logger: this.logger })
    return this.#made.scheduler
  }

  /** Registers a handler without creating the config: an import should read no files. */
  onConfigChange(handle: ConfigHandler['handle']): () => void {
    const handler: ConfigHandler = { handle, off: this.#made.config?.onChange(handle) }
    this.#configHandlers.add(handler)
    return () => {
      handler.off?.()
      this.#configHandlers.delete(handler)
    }
  }

  /** A remote plugin's host told who it is: what was made before must know. */
  async adopt({ api_key, config }: Pick<HostContext, 'api_key' | 'config'>): Promise<void> {
    this.#made.logger?.addSecret(api_key)
    await this.#made.config?.replacePlatformValues(config)
  }

  /** Puts others in the place of services; handlers of config changes move along. */
  replace(services: Partial<PluginServices>): void {
    Object.assign(this.#made, services)
    if (!services.config) return
    for (const handler of this.#configHandlers) {
      handler.off?.()
      handler.off = services.config.onChange(handler.handle)
    }
  }

  /** Services that exist already: stopping must not create one. */
  get made(): Readonly<Partial<PluginServices>> {
    return this.#made
  }

  /** Stops what was started here, in reverse order of dependence. */
  async stop(): Promise<void> {
    const { scheduler, config, api } = this.#made
    await scheduler?.stop()
    config?.close()
    await api?.close()
  }
}
