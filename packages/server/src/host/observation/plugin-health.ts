import type { Installation } from '../installations/installation.js'
import type { LaunchedPlugin } from '../running/launch-plugin.js'
import type { PluginRunner } from '../running/plugin-runner.js'

/** Milliseconds a plugin has to say how it is. */
const HEALTH_TIMEOUT_MS = 5_000

export interface PluginHealth {
  status: string
  plugin: string
  version: string
  enabled: boolean
  [more: string]: unknown
}

/** How an installation is: what its process answers, or why there is none. */
export async function pluginHealth(
  installation: Installation,
  runner: PluginRunner | undefined,
): Promise<PluginHealth> {
  const { plugin_id: plugin, version, enabled, state, reason } = installation
  const launched = runner?.current
  const facts = {
    plugin,
    version,
    enabled,
    state,
    reason: reason ?? runner?.whyDown ?? null,
    restarts: runner?.restarts ?? 0,
  }
  if (!launched)
    return { status: enabled ? 'unhealthy' : state, detail: 'The plugin is not running', ...facts }
  const [report, memory] = await Promise.all([pluginHealthOf(launched), launched.memory()])
  return {
    ...report,
    ...facts,
    runtime: launched.runtime,
    pid: launched.pid,
    memory_bytes: memory,
    uptime_seconds: runner.uptime === undefined ? undefined : Math.floor(runner.uptime / 1_000),
  }
}

/** What a running process says of its health. */
export async function pluginHealthOf(
  launched: LaunchedPlugin,
): Promise<{ status: string; [more: string]: unknown }> {
  try {
    const { text } = await launched.connection.exchange({
      method: 'GET',
      path: '/health',
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    })
    const report: unknown = JSON.parse(text)
    return { status: 'unhealthy', ...(typeof report === 'object' ? report : {}) }
  } catch {
    return { status: 'unhealthy', detail: `The plugin did not answer within ${HEALTH_TIMEOUT_MS} ms` }
  }
}
