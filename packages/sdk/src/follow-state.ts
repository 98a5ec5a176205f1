import type { PluginState } from './lifecycle/lifecycle.js'
import type { Services } from './services.js'
import type { Tasks } from './tasks.js'

/**
 * Brings the scheduler of a plugin without a host in line with its state: tasks with a cron of their own are
 * scheduled once it is enabled, and all rest while it is not active.
 */
export async function followState(
  state: PluginState,
  isActive: boolean,
  { services, tasks }: { services: Services; tasks: Tasks },
): Promise<void> {
  if (state === 'enabled') {
    await services.made.scheduler?.resume()
    for (const { name, options } of tasks.all) {
      if (options.cron) await services.scheduler.schedule(options.cron, name)
    }
  }
  if (!isActive) await services.made.scheduler?.pause()
  if (state === 'uninstalled') await services.made.scheduler?.cancelAll()
}
