import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import type { LifecycleResponse } from '@ops-center/plugin-sdk/protocol'
import { pluginHealthOf } from '../observation/plugin-health.js'
import {
  cutWhenEnding,
  type LaunchedPlugin,
  type LaunchServices,
  launchPlugin,
} from '../running/launch-plugin.js'
import type { PluginRunners } from '../running/plugin-runners.js'
import type { Installation } from './installation.js'
import type { InstallationChanges, InstallationEvent, InstallationStore } from './installation-store.js'
import { serverStopping } from './server-stopping.js'

export interface SwitchServices {
  store: InstallationStore
  runners: PluginRunners
  launch: LaunchServices
}

/** What takes the place of an installation as it is. */
export interface Switch {
  /** How it is started. */
  target: Installation
  /** What is stored once it runs well, beside what it registers. */
  changes: InstallationChanges
  event?: InstallationEvent | undefined
  /** Versions, when the new code is told about the former. */
  update?: { from: string; to: string } | undefined
}

/** What takes the place failed, and nothing changed (`switch_failed`); its message is the step and why. */
export class SwitchError extends OpsError {
  constructor(step: string, cause: unknown) {
    super('switch_failed', `failed to ${step}: ${errorMessage(cause)}`, { cause })
  }
}

/**
 * Starts an installation anew beside what runs, lets it run its handlers and show its health, and only then switches:
 * whatever fails, what runs goes on as if nothing had been tried.
 *
 * @throws SwitchError, or HttpProblem 503 when the server is being stopped.
 */
export async function switchInstallation(
  { store, runners, launch }: SwitchServices,
  before: Installation,
  { target, changes, event, update }: Switch,
): Promise<Installation> {
  let launched: LaunchedPlugin | undefined
  let step = 'start'
  let after: Installation
  try {
    const started = await launchPlugin(target, launch)
    launched = started
    let answer: LifecycleResponse | undefined
    await cutWhenEnding(started, launch, async () => {
      if (update) {
        step = 'run its update handlers'
        answer = await started.runPhase('update', update)
      }
      if (before.enabled) {
        step = 'be enabled'
        answer = await started.runPhase('enable')
      }
      if (before.enabled || !update) {
        step = 'be healthy'
        await assertHealthy(started)
      }
    })
    step = 'be stored'
    after = await store.change(
      before,
      {
        ...changes,
        ...(answer ? { registrations: JSON.stringify(answer.registrations) } : {}),
        state: before.enabled ? 'enabled' : before.state === 'error' ? 'disabled' : before.state,
        reason: null,
      },
      event,
    )
  } catch (cause) {
    await launched?.kill()
    throw launch.ending.aborted ? serverStopping(cause) : new SwitchError(step, cause)
  }
  // From here on it is what it became: an error of the former must not undo it.
  if (after.enabled) await runners.replace(after, launched)
  else await launched.stop()
  return after
}

async function assertHealthy(launched: LaunchedPlugin): Promise<void> {
  const health = await pluginHealthOf(launched)
  if (health.status !== 'healthy')
    throw new OpsError('plugin_unhealthy', `its health is ${JSON.stringify(health)}`)
}
