import { errorMessage } from '@ops-center/plugin-sdk'
import { HttpProblem } from '../../http/http-problem.js'
import { PluginUnreachableError } from '../running/plugin-connection.js'
import type { ChangeServices } from './change-services.js'
import type { Installation } from './installation.js'

/**
 * Stores a configuration and hands it to the running plugin.
 *
 * @throws HttpProblem 422 when a handler of the plugin fails on it; it is stored all the same, and the plugin has it.
 */
export async function configureInstallation(
  { store, runners, launch }: ChangeServices,
  before: Installation,
  config: Record<string, unknown>,
): Promise<Installation> {
  const installation = await store.change(before, { config })
  const runner = runners.get(installation.id)
  const running = runner?.current
  runner?.setInstallation(installation)
  try {
    await running?.runPhase('config-change', { old_config: before.config, new_config: config })
    return installation
  } catch (cause) {
    const isGone = cause instanceof PluginUnreachableError && !cause.isLate
    // Whatever takes its place starts with the new configuration.
    if (isGone) return installation
    if (running && cause instanceof PluginUnreachableError) await runner?.suspect(running)
    const words = `The configuration is stored, but plugin "${before.plugin_id}" failed to take it: ${errorMessage(cause)}`
    launch.logs.note(installation.id, 'error', words)
    throw new HttpProblem(422, words, { cause })
  }
}
