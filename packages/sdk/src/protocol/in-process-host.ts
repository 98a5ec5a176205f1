import { AsyncLocalStorage } from 'node:async_hooks'
import type { HostContext } from './messages.js'

/** What a host gives a plugin that it runs inside its own process. */
export interface InProcessHost {
  readonly context: HostContext
  /** The plugin's folder, which is not the working directory here. */
  readonly basePath: string
  /** Takes each line of the plugin's log, as JSON. */
  readonly writeLine: (line: string) => void
}

/**
 * On the global object, because a plugin brings its own copy of this SDK along. Not in the environment: several plugins
 * may be loaded at once, and each would see what is another's.
 */
const KEY = Symbol.for('@ops-center/plugin-sdk/in-process-host')

interface SharedByCopies {
  [KEY]?: AsyncLocalStorage<InProcessHost>
}

const shared: typeof globalThis & SharedByCopies = globalThis

/** Runs `work`, and whatever it starts, as a plugin of this host. */
export function runInProcessHost<Result>(host: InProcessHost, work: () => Result): Result {
  shared[KEY] ??= new AsyncLocalStorage()
  return shared[KEY].run(host, work)
}

/** The host of the plugin that runs right now, if one runs inside its host's process. */
export function findInProcessHost(): InProcessHost | undefined {
  return shared[KEY]?.getStore()
}
