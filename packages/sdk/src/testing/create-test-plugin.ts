import { AsyncLocalStorage } from 'node:async_hooks'
import { readConfigSchema } from '../config/config-file.js'
import { OpsError } from '../errors.js'
import { Plugin } from '../plugin.js'
import { pluginInternals } from '../plugin-internals.js'
import { IMPLICIT_PERMISSIONS, PLUGIN_PERMISSIONS, permissionToHear } from '../vocabulary.js'
import { createFakeClock, type FakeClock } from './fake-clock.js'
import type { MockSeed } from './mock-api/mock-store.js'
import { MockApiClient } from './mock-api-client.js'
import { MockConfig } from './mock-config.js'
import { MockLogger } from './mock-logger.js'
import { MockScheduler } from './mock-scheduler.js'
import { MockStorage, type StorageQuota } from './mock-storage.js'
import { type ConnectInit, createRouteRequest, type RouteRequestInit } from './route-request.js'
import type { TestSocket } from './test-socket.js'

export interface TestPluginOptions {
  /** Values of the configuration; the defaults of the plugin's `config_schema` fill in the rest. */
  config?: Readonly<Record<string, unknown>>
  /** What the operator granted. Default: what the plugin asks for; for a plugin made from an id, everything. */
  permissions?: readonly string[]
  /** The time at first; it stands still until `plugin.clock.advance()`. Default: the present. */
  now?: Date | number | string
  /** What the API knows at first. */
  seed?: MockSeed
  /** What the storage holds at first. */
  storage?: Readonly<Record<string, unknown>>
  /** How much the storage holds; beyond it, writing fails with `StorageQuotaError`. Default: no limit. */
  quota?: StorageQuota
  /** Whether changes made through the mock API trigger the plugin's hooks, as on the platform. Default `false`. */
  emitEvents?: boolean
}

/** As deep as events may cause each other, as on the platform. */
const MAX_DEPTH = 8

/** A plugin with mocks for its services. */
export interface TestPlugin extends Plugin {
  readonly api: MockApiClient
  readonly storage: MockStorage
  readonly scheduler: MockScheduler
  readonly config: MockConfig
  readonly logger: MockLogger
  /** The time that storage, scheduler and API follow. */
  readonly clock: FakeClock
  /** What the operator granted, and what every plugin has. */
  readonly permissions: ReadonlySet<string>
  /**
   * Calls a route; the path is the one of `plugin.route()`. With `json` the method is POST unless given, with `caller`
   * somebody calls it.
   *
   * @example const response = await plugin.request('/predict', { json: { device_id: 'pump-7' } })
   */
  request(path: string, init?: RouteRequestInit): Promise<Response>
  /**
   * Opens a WebSocket of the plugin, as a caller would.
   *
   * @throws OpsError `socket_refused` when the plugin answers anything else.
   * @example const socket = await plugin.connect('/live', { caller: { permissions: ['devices:read'] } })
   */
  connect(path: string, init?: ConnectInit): Promise<TestSocket>
  /** Empties the mocks and takes the plugin back to the state `ready`; registrations stay. */
  reset(): Promise<void>
}

/**
 * A plugin to test: a real one, exported by its module, or a new one with an id. Its services become mocks, its
 * registrations stay. Each call brings fresh mocks and the state `ready`.
 *
 * Handlers get the mocks wherever they write `plugin.api`, `plugin.logger` and so on. A service that a module took
 * out of the plugin while it was loaded (`const { logger } = plugin`) is the real one and cannot be replaced.
 *
 * @example
 * import { plugin as real } from './main.js'
 * const plugin = createTestPlugin(real, { config: { threshold: 3 } })
 * await triggerHook(plugin, 'device.metrics_updated', { device_id: 'pump-7', metrics: { pressure: 9 } })
 * expect(plugin.api.getRequests({ method: 'POST', endpoint: '/alerts' })).toHaveLength(1)
 */
export function createTestPlugin(target: Plugin | string, options: TestPluginOptions = {}): TestPlugin {
  const plugin = typeof target === 'string' ? blankPlugin(target) : target
  const { metadata } = plugin
  const { basePath, lifecycle, services, tasks } = plugin[pluginInternals]
  const granted = (options.permissions ?? metadata.permissions).map((name) => name.replace(/^api:/, ''))
  const permissions: ReadonlySet<string> = new Set([...granted, ...IMPLICIT_PERMISSIONS])
  const clock = createFakeClock(new Date(options.now ?? Date.now()))

  const logger = new MockLogger(metadata.id)
  const config = new MockConfig(options.config, {
    schema: metadata.config_schema ?? readConfigSchema(basePath),
    onSecret: (value) => logger.addSecret(value),
    onError: (error) => logger.error('A handler of a config change failed', { error }),
  })
  const storage = new MockStorage({
    clock,
    initial: options.storage ?? {},
    ...(options.quota === undefined ? {} : { quota: options.quota }),
  })
  const scheduler = new MockScheduler({
    tasks,
    clock,
    onError: (error, { taskId }) => logger.error(`Task "${taskId}" failed`, { error }),
  })
  const api = new MockApiClient({
    permissions: () => permissions,
    label: metadata.id,
    now: () => clock.now(),
    seed: options.seed,
    onEvent: async (name, payload) => {
      const needed = permissionToHear(name)
      const hears = needed === undefined || permissions.has(needed)
      if (options.emitEvents && hears) await cutLoops(name, () => plugin.emit(name, payload))
    },
  })
  // What the module scheduled for real while it was loaded must not run beside the mocks.
  const { scheduler: former } = services.made
  if (former && !(former instanceof MockScheduler))
    void former.stop({ timeout: 0 }).catch((error: unknown) => logger.error(error))
  services.replace({ api, config, logger, scheduler, storage })
  lifecycle.restore('ready')

  Object.assign(plugin, {
    clock,
    permissions,
    ...createRouteRequest(plugin),
    reset: async () => {
      await scheduler.cancelAll()
      await scheduler.resume()
      await storage.clear()
      for (const [key, value] of Object.entries(options.storage ?? {})) await storage.set(key, value)
      config.reset()
      api.reset()
      logger.clear()
      lifecycle.restore('ready')
    },
  })
  if (!isTestPlugin(plugin))
    throw new TypeError('The plugin belongs to another copy of the SDK than the testing kit')
  return plugin
}

/** Whether a plugin went through {@link createTestPlugin}. */
export function isTestPlugin(plugin: Plugin): plugin is TestPlugin {
  return plugin.api instanceof MockApiClient && 'reset' in plugin && 'request' in plugin
}

const depth = new AsyncLocalStorage<number>()

/** The platform cuts loops of plugins that cause each other's events; a test must not run for ever either. */
async function cutLoops(event: string, emit: () => Promise<unknown>): Promise<void> {
  const level = depth.getStore() ?? 0
  if (level < MAX_DEPTH) await depth.run(level + 1, emit)
  else
    throw new OpsError(
      'event_loop',
      `"${event}" was caused by ${MAX_DEPTH} events in a row: a handler causes its own event`,
    )
}

function blankPlugin(id: string): Plugin {
  return new Plugin({ id, name: id, version: '1.0.0', permissions: [...PLUGIN_PERMISSIONS] })
}
