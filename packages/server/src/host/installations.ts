import { errorMessage } from '@ops-center/plugin-sdk'
import type { Logger } from 'pino'
import { isOfOperator } from '../auth/principal.js'
import type { Leases } from '../database/leases.js'
import { HttpProblem } from '../http/http-problem.js'
import type { Registry } from '../registry/registry.js'
import { answering } from '../registry/registry-problem.js'
import { checkPluginConfig } from './check-plugin-config.js'
import { checkNotNeeded, checkRequirements } from './check-requirements.js'
import { maskConfig, withoutMasks } from './config-secrets.js'
import { grantedPermissions, updatedPermissions } from './granted-permissions.js'
import type { Installation } from './installation.js'
import type { InstallationStore } from './installation-store.js'
import { type LaunchServices, runPhaseOnce } from './launch-plugin.js'
import { mergeConfig } from './merge-config.js'
import { checkDependents } from './plan-dependencies.js'
import type { PluginRunners } from './plugin-runners.js'
import type { PluginStorage } from './plugin-storage.js'
import { type RemoteRequest, remoteAddressOf } from './runtimes/remote-address.js'
import { settleInstallation } from './settle-installation.js'
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

export interface UpdateRequest {
  /** A version or a range; default: the latest. */
  version?: string | undefined
  /** All permissions the new version shall have, when it asks for more than the former did. */
  permissions?: string[] | undefined
}

/** States in which nobody is at work. */
const SETTLED: ReadonlySet<string> = new Set(['installed', 'enabled', 'disabled', 'error'])

/** What an operator does with plugins, one change of an installation at a time. */
export class Installations {
  readonly #options: InstallationsOptions
  readonly #turns = new TurnTaking()
  #isStopping = false

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
    const { plugin_id, version, config = {}, permissions, enable } = request
    return this.#inTurn(organizationId, plugin_id, async () => {
      const { registry, store } = this.#options
      const { manifest } = await answering(() => registry.resolve(plugin_id, version))
      const existing = await store.find(organizationId, plugin_id)
      if (existing) {
        throw new HttpProblem(
          409,
          `Plugin "${plugin_id}" is installed already, in version ${existing.version}`,
        )
      }
      checkRequirements(manifest, await store.list(organizationId))
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
        throw new HttpProblem(422, `Plugin "${plugin_id}" could not be installed: ${errorMessage(cause)}`, {
          cause,
        })
      }
      await registry.countInstall(plugin_id, { organizationId, version: manifest.version })
      return enable ? this.#enable(installation.id) : store.reread(installation.id)
    })
  }

  /** @throws HttpProblem 404, or 422 when the plugin fails to start; it is then in state `error`. */
  enable(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const installation = await this.get(organizationId, pluginId)
      return installation.state === 'enabled' ? installation : this.#enable(installation.id)
    })
  }

  /** @throws HttpProblem 404, or 422 when a disable handler fails; the plugin is stopped all the same. */
  disable(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const installation = await this.get(organizationId, pluginId)
      return installation.enabled ? this.#disable(installation) : installation
    })
  }

  /**
   * Brings a plugin to another version, by default the latest, without a moment in which it does not answer.
   *
   * @throws HttpProblem 404; 409 when it asks for permissions nobody granted yet; 422 when it fails: the former version
   * then goes on.
   */
  update(organizationId: string, pluginId: string, request: UpdateRequest): Promise<Installation> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const { registry, store } = this.#options
      const before = await this.get(organizationId, pluginId)
      const { manifest } = await answering(() => registry.resolve(pluginId, request.version))
      if (manifest.version === before.version) return before
      const former = await registry.resolve(pluginId, before.version, { yanked: true })
      const installed = await store.list(organizationId)
      checkRequirements(manifest, installed)
      await checkDependents(manifest, installed, registry)
      checkPluginConfig(manifest, before.config)
      const permissions = updatedPermissions(
        manifest,
        former.manifest,
        before.permissions,
        request.permissions,
      )
      return updateInstallation(this.#options, before, { version: manifest.version, permissions })
    })
  }

  /** Goes back to the version before the last update. @throws HttpProblem 404, 409 when there is none, 422. */
  rollback(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const { registry, store } = this.#options
      const before = await this.get(organizationId, pluginId)
      if (before.previous_version === null) {
        const why = `Plugin "${pluginId}" was never updated: there is no version to go back to`
        throw new HttpProblem(409, why)
      }
      const { manifest } = await registry.resolve(pluginId, before.previous_version, { yanked: true })
      await checkDependents(manifest, await store.list(organizationId), registry)
      const asked: readonly string[] = manifest.permissions
      const permissions = before.permissions.filter((permission) => asked.includes(permission))
      return updateInstallation(this.#options, before, { version: manifest.version, permissions })
    })
  }

  /** Runs the uninstall handlers and forgets the installation; with `purge`, what the plugin stored too. */
  uninstall(organizationId: string, pluginId: string, purge = false): Promise<void> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const { registry, store, storage, logger } = this.#options
      const installation = await this.get(organizationId, pluginId)
      await checkNotNeeded(registry, pluginId, await store.list(organizationId))
      // A plugin that fails to say goodbye is removed all the same: nobody must be unable to get rid of it.
      const onFailure = (err: unknown) =>
        logger.warn({ err, plugin: pluginId }, 'A plugin failed while it was uninstalled')
      if (installation.enabled) await this.#disable(installation).catch(onFailure)
      const leaving = await store.change(installation, { state: 'uninstalling' })
      await runPhaseOnce(leaving, 'uninstall', this.#options.launch).catch(onFailure)
      await store.remove(installation, 'plugin.uninstalled')
      if (purge) await storage.clear(installation)
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
    return this.#inTurn(organizationId, pluginId, async () => {
      const { registry, runners, store } = this.#options
      const before = await this.get(organizationId, pluginId)
      const { manifest } = await registry.resolve(pluginId, before.version, { yanked: true })
      const config = mergeConfig(before.config, withoutMasks(manifest.config_schema, changes))
      checkPluginConfig(manifest, config)
      const installation = await store.change(before, { config })
      const runner = runners.get(installation.id)
      runner?.setInstallation(installation)
      await runner?.current?.runPhase('config-change', { old_config: before.config, new_config: config })
      return installation
    })
  }

  /** From now on nothing is started any more. */
  stop(): void {
    this.#isStopping = true
  }

  /** Starts every enabled installation, a few at a time; one that fails stops nobody else. */
  async startAll(concurrency = 2): Promise<void> {
    const waiting = await this.#options.store.list()
    const startNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await this.follow(next.id)
    }
    await Promise.all(Array.from({ length: concurrency }, startNext))
  }

  /** Brings this node in line with what an installation has become, here or on another node. */
  async follow(id: string): Promise<void> {
    const { runners, store } = this.#options
    if (this.#isStopping) return
    const seen = await store.findById(id)
    if (!seen) return runners.remove(id)
    const isChanging = !SETTLED.has(seen.state)
    if (!isChanging && runners.isInLine(seen)) return
    await this.#inTurn(seen.organization_id, seen.plugin_id, async () => {
      const current = await store.findById(id)
      if (current) await runners.follow(await settleInstallation(store, current))
      else await runners.remove(id)
    })
  }

  async #runInstallHandlers(installation: Installation): Promise<void> {
    const { registrations } = await runPhaseOnce(installation, 'install', this.#options.launch)
    const changes = { state: 'installed' as const, registrations: JSON.stringify(registrations) }
    await this.#options.store.change(installation, changes, 'plugin.installed')
  }

  async #enable(id: string): Promise<Installation> {
    const { runners, store } = this.#options
    await runners.remove(id)
    const installation = await store.change(await store.reread(id), { state: 'enabling', reason: null })
    const runner = runners.add(installation)
    try {
      await runner.start()
    } catch (cause) {
      const reason = errorMessage(cause)
      await runners.remove(id)
      await store.change(installation, { state: 'error', reason, enabled: false }, 'plugin.failed')
      throw new HttpProblem(422, `Plugin "${installation.plugin_id}" could not be enabled: ${reason}`, {
        cause,
      })
    }
    const enabled = await store.change(installation, { state: 'enabled', enabled: true }, 'plugin.enabled')
    runner.setInstallation(enabled)
    return enabled
  }

  async #disable(before: Installation): Promise<Installation> {
    const { runners, store } = this.#options
    // First of all it hears of nothing new; what it heard already waits for the next time it is enabled.
    const installation = await store.change(before, { state: 'disabling', enabled: false, reason: null })
    void runners.rest(installation.id)
    let reason: string | undefined
    try {
      await runners.get(installation.id)?.current?.runPhase('disable')
    } catch (error) {
      reason = errorMessage(error)
    }
    await runners.remove(installation.id)
    if (reason === undefined) return store.change(installation, { state: 'disabled' }, 'plugin.disabled')
    await store.change(installation, { state: 'error', reason }, 'plugin.failed')
    throw new HttpProblem(
      422,
      `Plugin "${installation.plugin_id}" was stopped, but failed to disable: ${reason}`,
    )
  }

  #inTurn<Result>(organizationId: string, pluginId: string, work: () => Promise<Result>): Promise<Result> {
    const name = `${organizationId}/${pluginId}`
    return this.#turns.take(name, () => this.#options.leases.exclusively(name, work))
  }
}
