import type { LifecycleResponse } from '@ops-center/plugin-sdk/protocol'
import type { Logger } from 'pino'
import type { Database } from '../database/client.js'
import { startDelivering } from '../events/deliver.js'
import type { Jobs, QueueWorker } from '../jobs/jobs.js'
import type { Installation } from './installation.js'
import type { InstallationStore } from './installation-store.js'
import type { LaunchServices } from './launch-plugin.js'
import { PluginRunner } from './plugin-runner.js'
import type { PluginTasks } from './plugin-tasks.js'

export interface RunnersOptions {
  database: Database
  jobs: Jobs
  store: InstallationStore
  tasks: PluginTasks
  launch: LaunchServices
  logger: Logger
}

interface Running {
  runner: PluginRunner
  deliveries: QueueWorker
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

  /** A runner for an installation; its process starts when the caller says so. */
  add(installation: Installation): PluginRunner {
    const { database, jobs, launch, logger, store } = this.#options
    const runner = new PluginRunner(installation, launch, {
      onStarted: (answer) => this.#onStarted(runner, answer),
      onBroken: async (reason) => {
        await store.change(installation, { state: 'error', reason }, 'plugin.failed')
      },
      onError: (error) =>
        logger.error({ err: error, plugin: installation.plugin_id }, 'The supervisor failed'),
    })
    this.#running.set(installation.id, { runner, deliveries: startDelivering(database, jobs, runner) })
    return runner
  }

  /** Delivers nothing new from now on; resolves when what is under way has ended. */
  async stopDelivering(installationId: string): Promise<void> {
    await this.#running.get(installationId)?.deliveries.stop()
  }

  async remove(installationId: string): Promise<void> {
    const running = this.#running.get(installationId)
    if (!running) return
    this.#running.delete(installationId)
    const stopped = running.deliveries.stop()
    await running.runner.stop()
    await stopped
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.remove(id)))
  }

  /** Handlers may have registered more while they ran, and a task that the code declares is scheduled here. */
  async #onStarted(runner: PluginRunner, { registrations }: LifecycleResponse): Promise<void> {
    const { store, tasks } = this.#options
    runner.setInstallation(
      await store.change(runner.installation, { registrations: JSON.stringify(registrations) }),
    )
    await tasks.resume(runner.installation.id, registrations.tasks)
  }
}
