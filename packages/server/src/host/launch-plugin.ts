import { randomBytes } from 'node:crypto'
import { parseDuration } from '@ops-center/plugin-sdk'
import { parseMemorySize } from '@ops-center/plugin-sdk/manifest'
import {
  type LifecycleRequest,
  type LifecycleResponse,
  lifecycleResponseSchema,
  PROTOCOL_VERSION,
} from '@ops-center/plugin-sdk/protocol'
import type { Installation } from './installation.js'
import type { LiveTokens } from './installation-tokens.js'
import type { PluginFiles } from './plugin-files.js'
import type { PluginLogs } from './plugin-logs.js'
import { type PluginProcess, startPluginProcess } from './process-runtime.js'
import type { Sandbox } from './sandbox.js'

/** Milliseconds a plugin has to import its code and listen. */
const START_TIMEOUT_MS = 15_000
/** Milliseconds a plugin has to end after it was asked to. */
const STOP_GRACE_MS = 3_000

/** What starting a plugin's process takes. */
export interface LaunchServices {
  files: PluginFiles
  tokens: LiveTokens
  logs: PluginLogs
  /** A private folder for sockets. */
  socketDir: string
  /** Where this node's API answers its plugins. */
  apiUrl: string
  /** Where the system offers one. */
  sandbox: Sandbox | undefined
  /** `host:port` for a debugger; see `ServerOptions.pluginInspect`. */
  inspect: string | undefined
}

/** A plugin's process with what the host knows of it. */
export interface LaunchedPlugin {
  readonly process: PluginProcess
  /** Milliseconds one handler may take, from the manifest's `resources.timeout`. */
  readonly timeout: number
  runPhase(phase: string, request?: LifecycleRequest): Promise<LifecycleResponse>
  stop(): Promise<void>
}

/**
 * Starts the process of an installation and tells it where it is; nothing of the author's runs yet.
 *
 * @throws OpsError `plugin_start_failed`, PluginUnreachableError, PluginCallError.
 */
export async function launchPlugin(
  installation: Installation,
  { files, tokens, logs, socketDir, apiUrl, sandbox, inspect }: LaunchServices,
): Promise<LaunchedPlugin> {
  const { directory, entrypoint, manifest } = await files.get(installation.plugin_id, installation.version)
  const token = tokens.issue(installation)
  const process = await startPluginProcess({
    packageDir: directory,
    entrypoint,
    socketDir,
    prefix: sandbox?.prefix({ network: installation.permissions.includes('network:outbound') }) ?? [],
    inspect,
    memory: parseMemorySize(manifest.resources.memory),
    startTimeout: START_TIMEOUT_MS,
    onLine: (line, stream) => logs.capture(installation.id, line, stream),
    context: {
      protocol: PROTOCOL_VERSION,
      plugin_id: installation.plugin_id,
      organization_id: installation.organization_id,
      api_url: apiUrl,
      api_key: token,
      secret: randomBytes(24).toString('base64url'),
      config: installation.config,
    },
  }).catch((error: unknown) => {
    tokens.revoke(token)
    throw error
  })
  void process.exited.then(() => tokens.revoke(token))
  const timeout = parseDuration(manifest.resources.timeout)
  const launched: LaunchedPlugin = {
    process,
    timeout,
    runPhase: (phase, json = {}) =>
      process.connection.call({
        path: `/_ops/lifecycle/${phase}`,
        json,
        timeout,
        response: lifecycleResponseSchema,
      }),
    stop: () => process.stop(STOP_GRACE_MS),
  }
  try {
    await launched.runPhase('start', {
      state: installation.state === 'installing' ? 'uninstalled' : 'disabled',
    })
  } catch (error) {
    await process.stop(0)
    throw error
  }
  return launched
}

/** Starts the process of an installation for one phase, and ends it again. @throws what {@link launchPlugin} throws. */
export async function runPhaseOnce(
  installation: Installation,
  phase: string,
  services: LaunchServices,
): Promise<LifecycleResponse> {
  const launched = await launchPlugin(installation, services)
  try {
    return await launched.runPhase(phase)
  } finally {
    await launched.stop()
  }
}
