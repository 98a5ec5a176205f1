import type { HostContext } from '@ops-center/plugin-sdk/protocol'
import type { PluginConnection } from '../running/plugin-connection.js'
import type { UnpackedPlugin } from '../running/plugin-files.js'

/** How an installation's code is executed. */
export type RuntimeKind = 'process' | 'in-process' | 'remote'

/** What starting one plugin takes, whatever executes it. */
export interface RuntimeStart {
  plugin: UnpackedPlugin
  /** What the plugin is told of its host. */
  context: HostContext
  /** Milliseconds until the plugin must answer. */
  startTimeout: number
  /** Ends a process that does not listen yet: the server is being stopped. */
  ending?: AbortSignal | undefined
  /** Called with each line the plugin prints. */
  onLine: (line: string, stream: 'stdout' | 'stderr') => void
}

/** A plugin that runs, and answers what the protocol says. */
export interface RunningPlugin {
  readonly runtime: RuntimeKind
  /** The number of its process, where it has one of its own on this machine. */
  readonly pid: number | undefined
  readonly connection: PluginConnection
  /** Whether it gets its context with the first request, `start`, as there is no other way to hand it over. */
  readonly needsContext: boolean
  /** Resolves with how it ended, in words; a plugin that was stopped has ended as well. */
  readonly exited: Promise<string>
  /** Resident memory in bytes, where that can be told. */
  memory(): Promise<number | undefined>
  /**
   * Asks it to end, and ends it after `grace` milliseconds.
   *
   * @param accusation What it did that it is ended for, such as `it answered nothing any more`.
   */
  stop(grace: number, accusation?: string): Promise<void>
}

/**
 * Executes plugins in one way.
 *
 * @throws OpsError `plugin_start_failed` when the plugin ends or does not answer in time; nothing is left of it then.
 */
export type StartPlugin = (start: RuntimeStart) => Promise<RunningPlugin>
