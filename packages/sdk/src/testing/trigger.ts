import { OpsError } from '../errors.js'
import type { PayloadOf } from '../events.js'
import type { EmitReport } from '../hooks/event-hooks.js'
import type { Plugin } from '../plugin.js'
import { pluginInternals } from '../plugin-internals.js'
import { permissionToHear } from '../vocabulary.js'
import { isTestPlugin } from './create-test-plugin.js'
import { eventPayload, type PayloadOverrides } from './event-payload.js'

/**
 * Runs the hooks of an event as the platform would, through the plugin's one dispatcher: by priority, each on its
 * own, none while the plugin is disabled. What the payload lacks is filled in.
 *
 * Resolves to the report also when handlers fail: `report.errors` names each with its error, `report.results` each
 * that succeeded with what it returned.
 *
 * @example
 * const report = await triggerHook(plugin, 'device.created', { device_data: { type: 'pump' } })
 * expect(report.errors).toEqual([])
 */
export async function triggerHook<Name extends string>(
  plugin: Plugin,
  event: Name,
  payload?: PayloadOverrides<PayloadOf<Name>>,
): Promise<EmitReport> {
  const needed = permissionToHear(event)
  if (needed && isTestPlugin(plugin) && !plugin.permissions.has(needed)) {
    plugin.logger.warning(
      `The platform would not deliver ${event}: the plugin lacks the permission ${needed}`,
    )
  }
  return plugin.emit(event, eventPayload(event, payload))
}

/**
 * Passes a value through the plugin's filters of a name, as the platform would, and resolves to what they made of
 * it. Filters that failed are in the log, and in `plugin.filterReport()`.
 *
 * @example const device = await triggerFilter(plugin, 'device.data.process', { id: 'pump-7', name: 'Pump' })
 */
export function triggerFilter<Value>(plugin: Plugin, filter: string, value: Value): Promise<Value> {
  return plugin.applyFilter(filter, value)
}

/**
 * Runs a task by its name, whether it is scheduled or not; settles as its handler does.
 *
 * @throws OpsError `task_unknown`; `plugin_disabled`.
 * @example await runTask(plugin, 'train_model', { full: true })
 */
export async function runTask(
  plugin: Plugin,
  name: string,
  args: unknown = null,
  { signal = new AbortController().signal }: { signal?: AbortSignal } = {},
): Promise<unknown> {
  if (typeof name !== 'string')
    throw new OpsError('task_unknown', `${String(name)} is not the name of a task`)
  const now = isTestPlugin(plugin) ? plugin.clock.now() : Date.now()
  return plugin[pluginInternals].tasks.run(name, structuredClone(args), {
    signal,
    taskId: name,
    scheduledFor: new Date(now),
  })
}
