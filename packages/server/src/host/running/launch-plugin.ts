import { OpsError, parseDuration } from '@ops-center/plugin-sdk'
import {
  type HostContext,
  type LifecycleRequest,
  type LifecycleResponse,
  lifecycleResponseSchema,
  PROTOCOL_VERSION,
} from '@ops-center/plugin-sdk/protocol'
import { withManifestPolicies } from '../hook-policies.js'
import type { Installation } from '../installations/installation.js'
import type { LiveTokens } from '../installations/installation-tokens.js'
import { serverStopping } from '../installations/server-stopping.js'
import type { PluginLogs } from '../observation/plugin-logs.js'
import type { PluginMetrics } from '../observation/plugin-metrics.js'
import type { RunningPlugin } from '../runtimes/runtime.js'
import { runtimeOf } from '../runtimes/runtime-of.js'
import type { PluginFiles } from './plugin-files.js'
import type { Sandbox } from './sandbox.js'

/** Milliseconds a plugin has to import its code and listen. */
const START_TIMEOUT_MS = 15_000
/** Milliseconds a plugin has to end after it was asked to. */
const STOP_GRACE_MS = 3_000

/** What starting a plugin takes. */
export interface LaunchServices {
  files: PluginFiles
  tokens: LiveTokens
  logs: PluginLogs
  metrics: PluginMetrics
  /** A private folder for sockets. */
  socketDir: string
  /** Where this node's API answers its plugins. */
  apiUrl: string
  /** Where the API answers plugins that run somewhere else. */
  publicUrl: () => string
  /** Secrets that every node makes alike: see `ConfigSecrets.derive`. */
  derive: (purpose: string) => string
  /** Ids of plugins that the operator runs inside the server's process; `*` for all. */
  inProcessPlugins: readonly string[]
  /** Where the system offers one. */
  sandbox: Sandbox | undefined
  /** `host:port` for a debugger; see `ServerOptions.pluginInspect`. */
  inspect: string | undefined
  /** Aborts when the server is being stopped. */
  ending: AbortSignal
}

/** A running plugin with what the host knows of it. */
export interface LaunchedPlugin extends Omit<RunningPlugin, 'stop' | 'needsContext'> {
  /** Milliseconds one handler may take, from the manifest's `resources.timeout`. */
  readonly timeout: number
  runPhase(phase: string, request?: LifecycleRequest): Promise<LifecycleResponse>
  /** Lets it end in order. */
  stop(): Promise<void>
  /** Ends it at once: see {@link RunningPlugin.stop}. */
  kill(accusation?: string): Promise<void>
}

/**
 * Starts the code of an installation and tells it where it is; nothing of the author's runs yet.
 *
 * @throws OpsError `plugin_start_failed`, PluginUnreachableError, PluginCallError.
 */
export async function launchPlugin(
  installation: Installation,
  services: LaunchServices,
): Promise<LaunchedPlugin> {
  const plugin = await services.files.get(installation.plugin_id, installation.version)
  const runtime = runtimeOf(installation, plugin.manifest, services)
  const { token, revoke } = services.tokens.issue(installation, runtime.token)
  const context: HostContext = {
    protocol: PROTOCOL_VERSION,
    plugin_id: installation.plugin_id,
    organization_id: installation.organization_id,
    api_url: runtime.apiUrl,
    api_key: token,
    secret: runtime.secret,
    config: installation.config,
  }
  const running = await runtime
    .start({
      plugin,
      context,
      startTimeout: START_TIMEOUT_MS,
      ending: services.ending,
      onLine: (line, stream) => services.logs.capture(installation.id, line, stream),
    })
    .catch((error: unknown) => {
      revoke()
      throw error
    })
  void running.exited.then(revoke)
  const timeout = parseDuration(plugin.manifest.resources.timeout)
  const launched: LaunchedPlugin = {
    ...running,
    timeout,
    async runPhase(phase, json = {}) {
      const answer = await running.connection.call({
        path: `/_ops/lifecycle/${phase}`,
        json,
        timeout,
        response: lifecycleResponseSchema,
      })
      return withManifestPolicies(answer, plugin.manifest)
    },
    stop: () => running.stop(STOP_GRACE_MS),
    kill: (accusation) => running.stop(0, accusation),
  }
  try {
    const answer = await launched.runPhase('start', {
      state: installation.state === 'installing' ? 'uninstalled' : 'disabled',
      ...(running.needsContext ? { context } : {}),
    })
    checkIdentity(installation, answer, services.logs)
    if (running.runtime === 'remote')
      services.logs.note(
        installation.id,
        'info',
        'Linked with the plugin; what it prints stays where it runs',
      )
  } catch (error) {
    await launched.kill()
    throw error
  }
  return launched
}

/** An address may lead to something else than what was installed. */
function checkIdentity(
  { id, plugin_id, remote, version }: Installation,
  answer: LifecycleResponse,
  logs: PluginLogs,
): void {
  if (answer.plugin !== plugin_id) {
    throw new OpsError(
      'plugin_start_failed',
      `The code calls itself ${JSON.stringify(answer.plugin)}, expected "${plugin_id}"`,
    )
  }
  // On the platform the package says which version it is, and `dev` gives each build another.
  if (remote && answer.version !== version)
    logs.note(id, 'warning', `The code says it is version ${answer.version}, installed is ${version}`)
}

/**
 * Does something with a plugin that no runner keeps; when the server is being stopped meanwhile, nobody waits for a
 * handler that is stuck.
 */
export async function cutWhenEnding<Result>(
  launched: LaunchedPlugin,
  { ending }: Pick<LaunchServices, 'ending'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const cut = () => void launched.kill().catch(() => undefined)
  ending.addEventListener('abort', cut)
  try {
    if (ending.aborted) throw serverStopping()
    return await work()
  } finally {
    ending.removeEventListener('abort', cut)
  }
}

/** Starts the process of an installation for one phase, and ends it again. @throws what {@link launchPlugin} throws. */
export async function runPhaseOnce(
  installation: Installation,
  phase: string,
  services: LaunchServices,
): Promise<LifecycleResponse> {
  const launched = await launchPlugin(installation, services)
  try {
    return await cutWhenEnding(launched, services, () => launched.runPhase(phase))
  } finally {
    await launched.stop()
  }
}
