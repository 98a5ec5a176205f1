import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import type { LifecycleResponse } from '@ops-center/plugin-sdk/protocol'
import { HttpProblem } from '../http/http-problem.js'
import type { Installation } from './installation.js'
import type { InstallationStore } from './installation-store.js'
import { type LaunchedPlugin, type LaunchServices, launchPlugin } from './launch-plugin.js'
import { pluginHealthOf } from './plugin-health.js'
import type { PluginRunners } from './plugin-runners.js'

export interface UpdateServices {
  store: InstallationStore
  runners: PluginRunners
  launch: LaunchServices
}

/** What an installation becomes. */
export interface UpdateTarget {
  version: string
  permissions: string[]
}

/**
 * Brings an installation to another version. The new one starts beside the running one, runs its handlers and shows its
 * health before anything is switched; whatever fails, the former version goes on as if nothing had been tried, and the
 * reason is stored.
 *
 * @throws HttpProblem 422 with the step that failed.
 */
export async function updateInstallation(
  { store, runners, launch }: UpdateServices,
  before: Installation,
  { version, permissions }: UpdateTarget,
): Promise<Installation> {
  const target: Installation = { ...before, version, permissions }
  let launched: LaunchedPlugin | undefined
  let step = 'start'
  const during = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    step = name
    return work()
  }
  try {
    const started = await during('start', () => launchPlugin(target, launch))
    launched = started
    let answer: LifecycleResponse = await during('run its update handlers', () =>
      started.runPhase('update', { from: before.version, to: version }),
    )
    if (before.enabled) {
      answer = await during('be enabled', () => started.runPhase('enable'))
      await during('be healthy', () => assertHealthy(started))
    }
    const after = await during('be stored', () =>
      store.change(
        before,
        {
          version,
          previous_version: before.version,
          permissions: JSON.stringify(permissions),
          registrations: JSON.stringify(answer.registrations),
          state: before.enabled ? 'enabled' : before.state === 'error' ? 'disabled' : before.state,
          reason: null,
        },
        'plugin.updated',
      ),
    )
    if (runners.get(before.id) && after.enabled) await runners.replace(after, started)
    else await started.stop()
    return after
  } catch (cause) {
    await launched?.kill()
    const reason = `Version ${version} failed to ${step}: ${errorMessage(cause)}; version ${before.version} is still in place`
    await store.change(before, { reason }, 'plugin.failed')
    throw new HttpProblem(422, `Plugin "${before.plugin_id}" was not updated. ${reason}`, { cause })
  }
}

async function assertHealthy(launched: LaunchedPlugin): Promise<void> {
  const health = await pluginHealthOf(launched)
  if (health.status !== 'healthy')
    throw new OpsError('plugin_unhealthy', `its health is ${JSON.stringify(health)}`)
}
