import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { type InProcessHost, runInProcessHost } from '@ops-center/plugin-sdk/protocol'
import { findPlugin, type ServedPlugin } from '../runner/find-plugin.js'
import { PluginConnection } from '../running/plugin-connection.js'
import { createFunctionTransport } from '../transports/function-transport.js'
import type { RunningPlugin, RuntimeStart } from './runtime.js'
import { watchStrayErrors } from './stray-errors.js'

/**
 * Runs a plugin inside the server's process: its app is a function to call. Nothing confines it. Each start loads the
 * code anew, for two installations of one package must not share a module; the memory of former loads is not given
 * back, and what the plugin's own timers do goes on after it was stopped, as JavaScript offers no way to end either.
 *
 * @throws OpsError `plugin_start_failed` when its code throws, exports no plugin, or is not loaded in time.
 */
export async function startInProcess(start: RuntimeStart): Promise<RunningPlugin> {
  const { plugin, context, startTimeout, onLine } = start
  const host: InProcessHost = {
    context,
    basePath: plugin.directory,
    writeLine: (line) => onLine(line.trimEnd(), 'stdout'),
  }
  const complain = (error: unknown) => onLine(inspect(error), 'stderr')
  watchStrayErrors(host, complain)
  let served: ServedPlugin
  let fetch: (request: Request, env?: object) => Response | Promise<Response>
  try {
    served = await load(plugin.entrypoint, host, startTimeout)
    fetch = runInProcessHost(host, () => served.createApp({ host: context })).fetch
  } catch (cause) {
    complain(cause)
    throw new OpsError(
      'plugin_start_failed',
      `The plugin's code could not be loaded: ${errorMessage(cause)}`,
      { cause },
    )
  }
  const transport = createFunctionTransport((request, env) =>
    runInProcessHost(host, () => fetch(request, env)),
  )
  const connection = new PluginConnection(transport, context.secret)
  let tellExit: (how: string) => void = () => undefined
  const exited = new Promise<string>((resolve) => {
    tellExit = resolve
  })
  let stopping: Promise<void> | undefined
  const stop = async (grace: number) => {
    const ended = runInProcessHost(host, async () => served.stop?.()).catch(complain)
    await Promise.race([ended, sleep(grace, undefined, { ref: false })])
    await connection.close()
    tellExit('a stop')
  }
  return {
    runtime: 'in-process',
    pid: undefined,
    connection,
    needsContext: false,
    exited,
    // It shares the server's heap.
    memory: async () => undefined,
    stop: (grace) => {
      stopping ??= stop(grace)
      return stopping
    },
  }
}

async function load(entrypoint: string, host: InProcessHost, timeout: number): Promise<ServedPlugin> {
  const url = pathToFileURL(entrypoint)
  // An import of the same address would give the same module again.
  url.searchParams.set('start', randomBytes(6).toString('hex'))
  const importing: Promise<{ default?: unknown; plugin?: unknown }> = runInProcessHost(
    host,
    () => import(url.href),
  )
  const late = new AbortController()
  try {
    const module = await Promise.race([
      importing,
      sleep(timeout, undefined, { signal: late.signal }).then(() => {
        throw new OpsError('plugin_start_failed', `it was not done within ${timeout} ms`)
      }),
    ])
    const plugin = findPlugin(module)
    if (plugin) return plugin
    throw new OpsError(
      'plugin_start_failed',
      'the entrypoint exports no plugin: expected "export default plugin", an instance of Plugin',
    )
  } finally {
    late.abort()
  }
}
