import { errorMessage } from '@ops-center/plugin-sdk'
import { HttpProblem } from '../../http/http-problem.js'
import { PluginCallError } from '../running/plugin-connection.js'
import type { ChangeServices } from './change-services.js'
import type { Installation } from './installation.js'
import { serverStopping } from './server-stopping.js'

/**
 * Starts what runs events, filters, routes and tasks of an installation.
 *
 * @throws HttpProblem 422 when the plugin fails to start; it is then in state `error`, and stays off.
 */
export async function enableInstallation(
  { store, runners, launch }: ChangeServices,
  before: Installation,
): Promise<Installation> {
  const { id, plugin_id } = before
  await runners.remove(id)
  const installation = await store.change(before, { state: 'enabling', reason: null })
  const runner = runners.add(installation)
  try {
    await runner.start()
    const enabled = await store.change(installation, { state: 'enabled', enabled: true }, 'plugin.enabled')
    runner.setInstallation(enabled)
    return enabled
  } catch (cause) {
    // Whoever is there next settles it: see `settleInstallation`.
    if (runner.isStopped) throw serverStopping(cause)
    const reason = errorMessage(cause)
    // What the plugin itself answers is in its log, with a stack.
    if (!(cause instanceof PluginCallError)) launch.logs.note(id, 'error', reason)
    await runners.remove(id)
    await store.change(installation, { state: 'error', reason, enabled: false }, 'plugin.failed')
    throw new HttpProblem(422, `Plugin "${plugin_id}" could not be enabled: ${reason}`, { cause })
  }
}

/** @throws HttpProblem 422 when a disable handler fails; the plugin is stopped all the same. */
export async function disableInstallation(
  { store, runners }: ChangeServices,
  before: Installation,
): Promise<Installation> {
  // First of all it hears of nothing new; what it heard already waits for the next time it is enabled.
  const installation = await store.change(before, { state: 'disabling', enabled: false, reason: null })
  void runners.rest(installation.id)
  let reason: string | undefined
  const runner = runners.get(installation.id)
  const launched = runner?.current
  try {
    await launched?.runPhase('disable')
  } catch (error) {
    // Cut off by a stop of the server, it failed because of that; one that has just crashed has nothing left to disable.
    if (!runner?.isStopped && runner?.current === launched) reason = errorMessage(error)
  }
  await runners.remove(installation.id)
  if (reason === undefined) return store.change(installation, { state: 'disabled' }, 'plugin.disabled')
  await store.change(installation, { state: 'error', reason }, 'plugin.failed')
  throw new HttpProblem(
    422,
    `Plugin "${installation.plugin_id}" was stopped, but failed to disable: ${reason}`,
  )
}
