import { randomUUID } from 'node:crypto'
import { errorMessage } from '@ops-center/plugin-sdk'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import type { LifecycleResponse } from '@ops-center/plugin-sdk/protocol'
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import { startDelivering } from '../events/deliver.js'
import type { EventPublisher } from '../events/event-publisher.js'
import { HttpProblem, notFound } from '../http/http-problem.js'
import type { Jobs, QueueWorker } from '../jobs/jobs.js'
import type { Registry } from '../registry/registry.js'
import { answering } from '../registry/registry-problem.js'
import { checkPluginConfig } from './check-plugin-config.js'
import { deliveryQueue, type Installation } from './installation.js'
import {
  findInstallation,
  findInstallationById,
  listInstallations,
  updateInstallation,
} from './installation-repository.js'
import { launchPlugin, type LaunchServices } from './launch-plugin.js'
import type { PluginTasks } from './plugin-tasks.js'
import { PluginRunner } from './plugin-runner.js'
import { INSTALLATIONS_CHANNEL, type Subscriptions } from './subscriptions.js'

export interface InstallationsOptions {
  database: Database
  jobs: Jobs
  events: EventPublisher
  registry: Registry
  subscriptions: Subscriptions
  tasks: PluginTasks
  launch: LaunchServices
  logger: Logger
}

export interface InstallRequest {
  plugin_id: string
  version?: string | undefined
  config?: Record<string, unknown> | undefined
  /** Granted permissions; default: all that the manifest asks for. */
  permissions?: string[] | undefined
  enable?: boolean | undefined
}

/** The plugins of every organization: their lifecycle, and the processes of those that are enabled. */
export class Installations {
  readonly #options: InstallationsOptions
  readonly #runners = new Map<string, { runner: PluginRunner; worker: QueueWorker }>()
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: InstallationsOptions) {
    this.#options = options
  }

  runnerOf = (installationId: string): PluginRunner | undefined => this.#runners.get(installationId)?.runner

  /** @throws HttpProblem 404 */
  async get(organizationId: string, pluginId: string): Promise<Installation> {
    const installation = await findInstallation(this.#options.database.kysely, organizationId, pluginId)
    if (!installation) throw notFound('installation of plugin', pluginId)
    return installation
  }

  list(organizationId: string): Promise<Installation[]> {
    return listInstallations(this.#options.database.kysely, organizationId)
  }

  /**
   * Fetches, checks, unpacks and starts a version once to run its install handlers; a failure leaves nothing behind.
   *
   * @throws HttpProblem 404 unknown plugin or version, 409 installed already, 422 anything the plugin got wrong.
   */
  install(organizationId: string, request: InstallRequest): Promise<Installation> {
    return this.#inTurn(organizationId, request.plugin_id, async () => {
      const { registry } = this.#options
      const published = await answering(() => registry.resolve(request.plugin_id, request.version))
      const existing = await findInstallation(this.#options.database.kysely, organizationId, request.plugin_id)
      if (existing) {
        throw new HttpProblem(409, `Plugin "${request.plugin_id}" is installed already, in version ${existing.version}`)
      }
      const installation = await this.#create(organizationId, request, published.manifest, published.version)
      try {
        await this.#runInstallHandlers(installation)
      } catch (error) {
        await this.#remove(installation)
        throw new HttpProblem(422, `Plugin "${request.plugin_id}" could not be installed: ${errorMessage(error)}`, {
          cause: error,
        })
      }
      await registry.countInstall(request.plugin_id, { organizationId, version: published.version })
      return request.enable ? this.#enable(installation.id) : this.#reread(installation.id)
    })
  }

  enable(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const installation = await this.get(organizationId, pluginId)
      return installation.state === 'enabled' ? installation : this.#enable(installation.id)
    })
  }

  disable(organizationId: string, pluginId: string): Promise<Installation> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const installation = await this.get(organizationId, pluginId)
      return installation.state === 'disabled' ? installation : this.#disable(installation)
    })
  }

  /** Runs the uninstall handlers and forgets the installation, with everything the plugin stored. */
  uninstall(organizationId: string, pluginId: string): Promise<void> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const installation = await this.get(organizationId, pluginId)
      if (installation.enabled) await this.#disable(installation)
      await this.#change(installation, { state: 'uninstalling' })
      await this.#runUninstallHandlers(installation)
      await this.#remove(installation, 'plugin.uninstalled')
    })
  }

  /** Validates and stores a new configuration, and hands it to the running plugin. */
  configure(organizationId: string, pluginId: string, config: Record<string, unknown>): Promise<Installation> {
    return this.#inTurn(organizationId, pluginId, async () => {
      const before = await this.get(organizationId, pluginId)
      const { manifest } = await this.#options.registry.resolve(pluginId, before.version, { yanked: true })
      checkPluginConfig(manifest, config)
      const installation = await this.#change(before, { config: JSON.stringify(config) })
      const runner = this.runnerOf(installation.id)
      runner?.setInstallation(installation)
      await runner?.current?.runPhase('config-change', { old_config: before.config, new_config: config })
      return installation
    })
  }

  /** Starts every enabled installation, a few at a time; one that fails stops nobody else. */
  async startAll(concurrency = 2): Promise<void> {
    const enabled = (await listInstallations(this.#options.database.kysely)).filter(({ enabled }) => enabled)
    const next = async (): Promise<void> => {
      const installation = enabled.shift()
      if (!installation) return
      await this.#startRunner(installation).startWithRetries()
      await next()
    }
    await Promise.all(Array.from({ length: concurrency }, next))
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#runners.keys()].map((id) => this.#stopRunner(id)))
  }

  async #create(
    organizationId: string,
    request: InstallRequest,
    manifest: Manifest,
    version: string,
  ): Promise<Installation> {
    const { database, jobs } = this.#options
    const id = randomUUID()
    const config = request.config ?? {}
    checkPluginConfig(manifest, config)
    await jobs.createQueue(deliveryQueue(id))
    return database.kysely
      .insertInto('installations')
      .values({
        id,
        organization_id: organizationId,
        plugin_id: manifest.id,
        version,
        state: 'installing',
        reason: null,
        enabled: false,
        permissions: JSON.stringify(grantedPermissions(manifest, request.permissions)),
        config: JSON.stringify(config),
        registrations: JSON.stringify({ hooks: [], filters: [], routes: [], tasks: [] }),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  async #runInstallHandlers(installation: Installation): Promise<void> {
    const launched = await launchPlugin(installation, this.#options.launch)
    try {
      const { registrations } = await launched.runPhase('install')
      await this.#change(
        installation,
        { state: 'installed', registrations: JSON.stringify(registrations) },
        'plugin.installed',
      )
    } finally {
      await launched.stop()
    }
  }

  /** A plugin that fails to say goodbye is removed all the same: nobody must be unable to get rid of it. */
  async #runUninstallHandlers(installation: Installation): Promise<void> {
    try {
      const launched = await launchPlugin(installation, this.#options.launch)
      try {
        await launched.runPhase('uninstall')
      } finally {
        await launched.stop()
      }
    } catch (error) {
      this.#options.logger.warn({ err: error, plugin: installation.plugin_id }, 'Uninstall handlers failed')
    }
  }

  async #enable(id: string): Promise<Installation> {
    await this.#stopRunner(id)
    const installation = await this.#change(await this.#reread(id), { state: 'enabling', reason: null })
    const runner = this.#startRunner(installation)
    try {
      await runner.start()
    } catch (error) {
      const reason = errorMessage(error)
      await this.#stopRunner(id)
      await this.#change(installation, { state: 'error', reason, enabled: false }, 'plugin.failed')
      throw new HttpProblem(422, `Plugin "${installation.plugin_id}" could not be enabled: ${reason}`, { cause: error })
    }
    return this.#change(await this.#reread(id), { state: 'enabled', enabled: true }, 'plugin.enabled')
  }

  async #disable(before: Installation): Promise<Installation> {
    // First of all it hears of nothing new; what it heard already waits for the next time it is enabled.
    const installation = await this.#change(before, { state: 'disabling', enabled: false, reason: null })
    const { runner, worker } = this.#runners.get(installation.id) ?? {}
    void worker?.stop()
    let reason: string | undefined
    try {
      await runner?.current?.runPhase('disable')
    } catch (error) {
      reason = errorMessage(error)
    }
    await this.#stopRunner(installation.id)
    if (reason === undefined) return this.#change(installation, { state: 'disabled' }, 'plugin.disabled')
    await this.#change(installation, { state: 'error', reason }, 'plugin.failed')
    throw new HttpProblem(422, `Plugin "${installation.plugin_id}" was stopped, but failed to disable: ${reason}`)
  }

  #startRunner(installation: Installation): PluginRunner {
    const { database, jobs, launch, logger } = this.#options
    const runner = new PluginRunner(installation, launch, {
      onStarted: (answer) => this.#onStarted(installation.id, answer),
      onBroken: async (reason) => {
        await this.#change(installation, { state: 'error', reason }, 'plugin.failed')
      },
      onError: (error) => logger.error({ err: error, plugin: installation.plugin_id }, 'The supervisor failed'),
    })
    this.#runners.set(installation.id, { runner, worker: startDelivering(database, jobs, runner) })
    return runner
  }

  async #stopRunner(id: string): Promise<void> {
    const running = this.#runners.get(id)
    if (!running) return
    this.#runners.delete(id)
    const stopped = running.worker.stop()
    await running.runner.stop()
    await stopped
  }

  /** Handlers may have registered more while they ran, and a task that the code declares is scheduled here. */
  async #onStarted(id: string, { registrations }: LifecycleResponse): Promise<void> {
    const installation = await this.#change(await this.#reread(id), { registrations: JSON.stringify(registrations) })
    this.runnerOf(id)?.setInstallation(installation)
    await this.#options.tasks.declare(id, registrations.tasks)
  }

  async #remove(installation: Installation, event?: string): Promise<void> {
    const { database, jobs, subscriptions } = this.#options
    await database.kysely.transaction().execute(async (trx) => {
      if (event) await this.#publish(trx, installation, event)
      await trx.deleteFrom('installations').where('id', '=', installation.id).execute()
    })
    await jobs.deleteQueue(deliveryQueue(installation.id))
    await subscriptions.refresh()
    await database.notify(INSTALLATIONS_CHANNEL, installation.id)
  }

  async #change(
    installation: Installation,
    changes: Parameters<typeof updateInstallation>[2],
    event?: string,
  ): Promise<Installation> {
    const { database, subscriptions } = this.#options
    const changed = await database.kysely.transaction().execute(async (trx) => {
      const row = await updateInstallation(trx, installation.id, changes)
      if (event) await this.#publish(trx, row, event)
      return row
    })
    await subscriptions.refresh()
    await database.notify(INSTALLATIONS_CHANNEL, installation.id)
    return changed
  }

  #publish(trx: Transaction<Schema>, { organization_id, plugin_id, version }: Installation, name: string): Promise<void> {
    return this.#options.events.publish(trx, { organization_id, name, payload: { plugin_id, version } })
  }

  async #reread(id: string): Promise<Installation> {
    const installation = await findInstallationById(this.#options.database.kysely, id)
    if (!installation) throw notFound('installation', id)
    return installation
  }

  /** One change of an installation at a time. */
  #inTurn<Result>(organizationId: string, pluginId: string, work: () => Promise<Result>): Promise<Result> {
    const key = `${organizationId}/${pluginId}`
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work, work)
    this.#turns.set(key, turn)
    const forget = () => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key)
    }
    turn.then(forget, forget)
    return turn
  }
}

function grantedPermissions(manifest: Manifest, granted: string[] | undefined): string[] {
  const asked: readonly string[] = manifest.permissions
  const extra = granted?.filter((permission) => !asked.includes(permission)) ?? []
  if (extra.length > 0) {
    throw new HttpProblem(422, `Plugin "${manifest.id}" does not ask for the permission ${extra.join(', ')}: it can only be granted ${asked.join(', ') || 'none'}`)
  }
  return granted ?? [...asked]
}
