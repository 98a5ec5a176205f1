import { errorMessage } from '@ops-center/plugin-sdk'
import type { Logger } from 'pino'
import { isOfOperator } from '../../auth/principal.js'
import type { Leases } from '../../database/leases.js'
import { HttpProblem } from '../../http/http-problem.js'
import type { Registry } from '../../registry/registry.js'
import { answering } from '../../registry/registry-problem.js'
import type { PluginStorage } from '../plugin-storage.js'
import { type LaunchServices, runPhaseOnce } from '../running/launch-plugin.js'
import type { PluginRunners } from '../running/plugin-runners.js'
import { type RemoteRequest, remoteAddressOf } from '../runtimes/remote-address.js'
import { checkPluginConfig } from './check-plugin-config.js'
import { checkNotNeeded, checkRequirements } from './check-requirements.js'
import { configureInstallation } from './configure-installation.js'
import { disableInstallation, enableInstallation } from './enable-installation.js'
import { grantedPermissions } from './granted-permissions.js'
import type { Installation } from './installation.js'
import type { InstallationStore } from './installation-store.js'
import {
  type Surroundings,
  targetOfRollback,
  targetOfUpdate,
  type UpdateRequest,
} from './installation-targets.js'
import { maskConfig, restoreSecrets } from './mask-config.js'
import { mergeConfig } from './merge-config.js'
import { moveInstallation } from './move-installation.js'
import { serverStopping } from './server-stopping.js'
import { isSettled, settleInstallation } from './settle-installation.js'
import { TurnTaking } from './turn-taking.js'
import { updateInstallation } from './update-installation.js'

export interface InstallationsOptions {
  registry: Registry
  store: InstallationStore
  runners: PluginRunners
  launch: LaunchServices
  storage: PluginStorage
  leases: Leases
  logger: Logger
}

export interface InstallRequest {
  plugin_id: string
  version?: string | undefined
  config?: Record<string, unknown> | undefined
  /** Granted permissions; default: all that the manifest asks for. */
  permissions?: string[] | undefined
  enable?: boolean | undefined
  /** Where a plugin that runs somewhere else is. */
  remote?: RemoteRequest | undefined
}

/** What an operator does with plugins, one change of an installation at a time. */
export class Installations {
  readonly #options: InstallationsOptions
  readonly #turns = new TurnTaking()

  constructor(options: InstallationsOptions) {
    this.#options = options
  }

  /** @throws HttpProblem 404 */
  get(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#options.store.get(organizationId, pluginId)
  }

  list(organizationId: string): Promise<Installation[]> {
    return this.#options.store.list(organizationId)
  }

  /**
   * Fetches, checks, unpacks and starts a version once to run its install handlers; a failure leaves nothing behind.
   *
   * @throws HttpProblem 404 unknown plugin or version, 409 installed already, 422 anything the plugin got wrong.
   */
  install(organizationId: string, request: InstallRequest): Promise<Installation> {
    const { plugin_id, version, permissions, enable } = request
    return this.#whenAsked(organizationId, plugin_id, async () => {
      const { registry, store } = this.#options
      const found = await answering(() => registry.resolve(plugin_id, version))
      const { manifest } = found
      const existing = await this.#find(organizationId, plugin_id)
      if (existing) {
        throw new HttpProblem(
          409,
          `Plugin "${plugin_id}" is installed already, in version ${existing.version}`,
        )
      }
      await answering(() => registry.checkSignature(found))
      checkRequirements(manifest, await store.list(organizationId))
      const config = restoreSecrets(manifest.config_schema, request.config ?? {}, {})
      checkPluginConfig(manifest, config)
      const granted = grantedPermissions(manifest, permissions)
      const isOperator = isOfOperator({ organization_id: organizationId })
      const remote = remoteAddressOf(manifest, request.remote, isOperator)
      const installation = await store.create(organizationId, manifest, {
        permissions: granted,
        config,
        remote,
      })
      try {
        await this.#runInstallHandlers(installation)
      } catch (cause) {
        await store.remove(installation)
        if (this.#options.launch.ending.aborted) throw serverStopping(cause)
        throw new HttpProblem(422, `Plugin "${plugin_id}" could not be installed: ${errorMessage(cause)}`, {
          cause,
        })
      }
      await registry.countInstall(plugin_id, { organizationId, version: manifest.version })
      const installed = await store.reread(installation.id)
      return enable ? enableInstallation(this.#options, installed) : installed
    })
  }

  /** @throws HttpProblem 404, or 422 when the plugin fails to start; it is then in state `error`. */
  enable(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#whenAsked(organizationId, pluginId, async () => {
      const installation = await this.#settled(organizationId, pluginId)
      return installation.state === 'enabled' ? installation : enableInstallation(this.#options, installation)
    })
  }

  /** @throws HttpProblem 404, or 422 when a disable handler fails; the plugin is stopped all the same. */
  disable(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#whenAsked(organizationId, pluginId, async () => {
      const installation = await this.#settled(organizationId, pluginId)
      return installation.enabled ? disableInstallation(this.#options, installation) : installation
    })
  }

  /**
   * Brings a plugin to another version, by default the latest, without a moment in which it does not answer.
   *
   * @throws HttpProblem 404; 409 when it asks for permissions nobody granted yet; 422 when it fails: the former version
   * then goes on.
   */
  update(organizationId: string, pluginId: string, request: UpdateRequest): Promise<Installation> {
    return this.#whenAsked(organizationId, pluginId, async () => {
      const before = await this.#settled(organizationId, pluginId)
      const target = await targetOfUpdate(await this.#around(organizationId), before, request)
      return target ? updateInstallation(this.#options, before, target) : before
    })
  }

  /**
   * Goes back to the version before the last update, with the permissions that it had; a second time, forward again.
   *
   * @param permissions Others than it had.
   * @throws HttpProblem 404, 409 when there is none or its permissions wait for consent, 422.
   */
  rollback(organizationId: string, pluginId: string, permissions?: string[]): Promise<Installation> {
    return this.#whenAsked(organizationId, pluginId, async () => {
      const before = await this.#settled(organizationId, pluginId)
      const target = await targetOfRollback(await this.#around(organizationId), before, permissions)
      return updateInstallation(this.#options, before, target)
    })
  }

  /** Links a remote plugin at another address or with another secret. @throws HttpProblem 404, 422: it stays then. */
  move(organizationId: string, pluginId: string, remote: RemoteRequest): Promise<Installation> {
    return this.#whenAsked(organizationId, pluginId, async () => {
      const before = await this.#settled(organizationId, pluginId)
      const { manifest } = await this.#options.registry.resolve(pluginId, before.version, { yanked: true })
      return moveInstallation(this.#options, manifest, before, remote)
    })
  }

  /** Runs the uninstall handlers and forgets the installation; with `purge`, what the plugin stored too. */
  uninstall(organizationId: string, pluginId: string, purge = false): Promise<void> {
    return this.#whenAsked(organizationId, pluginId, async () => {
      const { registry, store, storage, launch, logger } = this.#options
      const installation = await this.#settled(organizationId, pluginId)
      await checkNotNeeded(registry, pluginId, await store.list(organizationId))
      // A plugin that fails to say goodbye is removed all the same: nobody must be unable to get rid of it.
      const onFailure = (err: unknown) =>
        launch.ending.aborted
          ? logger.warn(
              { plugin: pluginId },
              'A plugin was cut off while it was uninstalled: the server stops',
            )
          : logger.warn({ err, plugin: pluginId }, 'A plugin failed while it was uninstalled')
      if (installation.enabled) await disableInstallation(this.#options, installation).catch(onFailure)
      const leaving = await store.change(installation, { state: 'uninstalling', purging: purge })
      await runPhaseOnce(leaving, 'uninstall', launch).catch(onFailure)
      if (purge) await storage.clear(installation)
      await store.remove(installation, 'plugin.uninstalled')
    })
  }

  /** The configuration of a plugin, its secrets masked. */
  async shownConfig(organizationId: string, pluginId: string): Promise<Record<string, unknown>> {
    const { version, config } = await this.get(organizationId, pluginId)
    const { manifest } = await this.#options.registry.resolve(pluginId, version, { yanked: true })
    return maskConfig(manifest.config_schema, config)
  }

  /** Merges changes into the configuration, validates and stores it, and hands it to the running plugin. */
  configure(
    organizationId: string,
    pluginId: string,
    changes: Record<string, unknown>,
  ): Promise<Installation> {
    return this.#whenAsked(organizationId, pluginId, async () => {
      const { registry } = this.#options
      const before = await this.#settled(organizationId, pluginId)
      const { manifest } = await registry.resolve(pluginId, before.version, { yanked: true })
      const config = mergeConfig(
        before.config,
        restoreSecrets(manifest.config_schema, changes, before.config),
      )
      checkPluginConfig(manifest, config)
      return configureInstallation(this.#options, before, config)
    })
  }

  /** Resolves once nobody is at work; what `launch.ending` cuts off ends soon, and what is asked for then is refused. */
  idle(): Promise<void> {
    return this.#turns.idle()
  }

  /** Starts every enabled installation, a few at a time; one that fails stops nobody else. */
  async startAll(concurrency = 2): Promise<void> {
    const waiting = await this.#options.store.list()
    const startNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await this.follow(next.id)
    }
    await Promise.all(Array.from({ length: concurrency }, startNext))
  }

  /** The same for every installation, those that are gone too: for when nobody told what changed. */
  async followAll(): Promise<void> {
    await this.startAll()
    for (const id of this.#options.runners.ids()) await this.follow(id)
  }

  /** Brings this node in line with what an installation has become, here or on another node. */
  async follow(id: string): Promise<void> {
    const { runners, store, launch } = this.#options
    if (launch.ending.aborted) return
    const seen = await store.findById(id)
    if (!seen) return runners.remove(id)
    if (isSettled(seen) && runners.isInLine(seen)) return
    await this.#inTurn(seen.organization_id, seen.plugin_id, async () => {
      if (launch.ending.aborted) return
      const current = await store.findById(id)
      const settled = current && (await settleInstallation(this.#options, current))
      if (settled) await runners.follow(settled)
      else await runners.remove(id)
    })
  }

  async #runInstallHandlers(installation: Installation): Promise<void> {
    const { registrations } = await runPhaseOnce(installation, 'install', this.#options.launch)
    const changes = { state: 'installed' as const, registrations: JSON.stringify(registrations) }
    await this.#options.store.change(installation, changes, 'plugin.installed')
  }

  /** What is there, in a state in which nobody is at work: to be called by whoever has its turn. */
  async #find(organizationId: string, pluginId: string): Promise<Installation | undefined> {
    const found = await this.#options.store.find(organizationId, pluginId)
    return found && settleInstallation(this.#options, found)
  }

  /** @throws HttpProblem 404 */
  async #settled(organizationId: string, pluginId: string): Promise<Installation> {
    return (await this.#find(organizationId, pluginId)) ?? this.get(organizationId, pluginId)
  }

  async #around(organizationId: string): Promise<Surroundings> {
    const { registry, store } = this.#options
    return { registry, installed: await store.list(organizationId) }
  }

  /** @throws HttpProblem 503 once the server is being stopped. */
  #whenAsked<Result>(organizationId: string, pluginId: string, work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(organizationId, pluginId, async () => {
      if (this.#options.launch.ending.aborted) throw serverStopping()
      return work()
    })
  }

  #inTurn<Result>(organizationId: string, pluginId: string, work: () => Promise<Result>): Promise<Result> {
    const name = `${organizationId}/${pluginId}`
    return this.#turns.take(name, () => this.#options.leases.exclusively(name, work))
  }
}
