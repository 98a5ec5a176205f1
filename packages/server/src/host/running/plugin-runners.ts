import { isDeepStrictEqual } from 'node:util'
import type { LifecycleResponse } from '@ops-center/plugin-sdk/protocol'
import type { Logger } from 'pino'
import type { Database } from '../../database/client.js'
import { startDelivering } from '../../events/deliver.js'
import type { RecentEvents } from '../../events/recent-events.js'
import type { Jobs, QueueWorker } from '../../jobs/jobs.js'
import type { Installation } from '../installations/installation.js'
import type { InstallationStore } from '../installations/installation-store.js'
import type { RunningFigures } from '../observation/plugin-metrics.js'
import type { PluginTasks } from '../tasks/plugin-tasks.js'
import { type LaunchedPlugin, type LaunchServices, launchPlugin } from './launch-plugin.js'
import { PluginRunner } from './plugin-runner.js'

export interface RunnersOptions {
  database: Database
  jobs: Jobs
  recent: RecentEvents
  store: InstallationStore
  tasks: PluginTasks
  launch: LaunchServices
  logger: Logger
}

interface Running {
  runner: PluginRunner
  workers: QueueWorker[]
}

/** The processes of this node's enabled installations, each with the worker that delivers its events. */
export class PluginRunners {
  readonly #options: RunnersOptions
  readonly #running = new Map<string, Running>()

  constructor(options: RunnersOptions) {
    this.#options = options
  }

  get(installationId: string): PluginRunner | undefined {
    return this.#running.get(installationId)?.runner
  }

  /** The installations that run here, or are about to. */
  ids(): string[] {
    return [...this.#running.keys()]
  }

  /** The runner of a plugin in an organization; without one, in that which installed it first. */
  find(pluginId: string, organizationId: string | undefined): PluginRunner | undefined {
    let found: PluginRunner | undefined
    for (const { runner } of this.#running.values()) {
      const { plugin_id, organization_id, installed_at } = runner.installation
      if (plugin_id !== pluginId || (organizationId ?? organization_id) !== organization_id) continue
      if (!found || installed_at < found.installation.installed_at) found = runner
    }
    return found
  }

  /** A runner for an installation; its process starts when the caller says so. */
  add(installation: Installation): PluginRunner {
    const { database, jobs, recent, launch, logger, store, tasks } = this.#options
    const runner = new PluginRunner(installation, launch, {
      onStarted: (answer) => this.#onStarted(runner, answer),
      onBroken: async (reason) => {
        await store.change(installation, { state: 'error', reason }, 'plugin.failed')
      },
      onError: (error) =>
        logger.error({ err: error, plugin: installation.plugin_id }, 'The supervisor failed'),
    })
    this.#running.set(installation.id, {
      runner,
      workers: [startDelivering({ database, jobs, recent, runner }), tasks.work(installation.id)],
    })
    return runner
  }

  /** What of it runs, and how much memory that takes. */
  figures(): Promise<RunningFigures[]> {
    return Promise.all(
      [...this.#running.values()].map(async ({ runner: { installation, current } }) => ({
        installation,
        isUp: current !== undefined,
        memory: await current?.memory(),
      })),
    )
  }

  /** Whether this node runs an installation just as it is stored. */
  isInLine(stored: Installation): boolean {
    const runner = this.get(stored.id)
    const running = runner?.installation
    if (!stored.enabled) return running === undefined
    if (stored.state === 'error' || runner?.isResting)
      return stored.state === 'error' && runner?.isResting === true
    return (
      running?.enabled === true &&
      isDeepStrictEqual(startedWith(running), startedWith(stored)) &&
      isDeepStrictEqual(running.config, stored.config)
    )
  }

  /** Starts, stops, updates or configures what runs here, so that it is as it is stored. */
  async follow(stored: Installation): Promise<void> {
    if (this.isInLine(stored)) return
    const runner = this.get(stored.id)
    if (!stored.enabled) return this.remove(stored.id)
    // Its events wait, and nothing starts it before somebody enables it again: not even a start of the server.
    if (stored.state === 'error') return (runner ?? this.add(stored)).rest()
    if (runner?.isResting) await this.remove(stored.id)
    if (!runner || runner.isResting) return this.add(stored).startWithRetries()
    const { installation: running } = runner
    if (!isDeepStrictEqual(startedWith(running), startedWith(stored))) return this.#startAnew(stored)
    runner.setInstallation(stored)
    const { config } = running
    await runner.current?.runPhase('config-change', { old_config: config, new_config: stored.config })
  }

  /** Another version, which runs already, takes the place of what runs, and the tasks that it declares are scheduled. */
  async replace(installation: Installation, launched: LaunchedPlugin): Promise<void> {
    const { tasks, logger } = this.#options
    const runner = this.get(installation.id)
    // The server is being stopped.
    if (!runner) return launched.stop()
    runner.replace(installation, launched)
    // It is in place, whatever becomes of its tasks.
    await tasks.resume(installation.id, installation.registrations.tasks).catch((err: unknown) => {
      logger.error(
        { err, plugin: installation.plugin_id },
        'The tasks of an updated plugin were not scheduled',
      )
    })
  }

  /** Hands it nothing new from now on, neither events nor tasks; resolves when what is under way has ended. */
  async rest(installationId: string): Promise<void> {
    const { workers = [] } = this.#running.get(installationId) ?? {}
    await Promise.all(workers.map((worker) => worker.stop()))
  }

  async remove(installationId: string): Promise<void> {
    const running = this.#running.get(installationId)
    if (!running) return
    const resting = this.rest(installationId)
    this.#running.delete(installationId)
    await running.runner.stop()
    await resting
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.remove(id)))
  }

  /** Beside what runs, if that works out: else in its place, and as often as it takes. */
  async #startAnew(stored: Installation): Promise<void> {
    let launched: LaunchedPlugin | undefined
    try {
      launched = await launchPlugin(stored, this.#options.launch)
      await launched.runPhase('enable')
    } catch (err) {
      this.#options.logger.warn({ err, plugin: stored.plugin_id }, 'A plugin that was changed did not start')
      await launched?.kill()
      await this.remove(stored.id)
      return this.add(stored).startWithRetries()
    }
    return this.replace(stored, launched)
  }

  /** Handlers may have registered more while they ran, and a task that the code declares is scheduled here. */
  async #onStarted(runner: PluginRunner, { registrations }: LifecycleResponse): Promise<void> {
    const { store, tasks } = this.#options
    const { installation } = runner
    const written = JSON.stringify(registrations)
    if (!isDeepStrictEqual(JSON.parse(written), installation.registrations))
      runner.setInstallation(await store.change(installation, { registrations: written }))
    await tasks.resume(installation.id, registrations.tasks)
  }
}

/** What a plugin is started with, and cannot be told later. */
function startedWith({ version, permissions, remote }: Installation) {
  return { version, permissions, remote }
}
