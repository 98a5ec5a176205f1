import { findInProcessHost, type InProcessHost } from '@ops-center/plugin-sdk/protocol'

type Report = (error: unknown) => void

const reports = new WeakMap<InProcessHost, Report>()
let isListening = false

/**
 * Errors that a plugin in this process throws where nobody catches them, in a timer or in a promise nobody waits for,
 * would end the server. Those that can be told to be a plugin's are reported and survived, also after it was stopped,
 * as its timers live on; any other ends the process as ever.
 */
export function watchStrayErrors(host: InProcessHost, report: Report): void {
  reports.set(host, report)
  if (isListening) return
  isListening = true
  process.on('uncaughtException', (error) => {
    if (isReported(error) || process.listenerCount('uncaughtException') > 1) return
    // Thrown here, it ends the process as if nobody had listened.
    throw error
  })
  process.on('unhandledRejection', (reason) => {
    if (isReported(reason) || process.listenerCount('unhandledRejection') > 1) return
    throw reason
  })
}

/** Node calls both listeners in the asynchronous context in which the error came up, which is the plugin's own. */
function isReported(error: unknown): boolean {
  const host = findInProcessHost()
  const report = host && reports.get(host)
  report?.(error)
  return report !== undefined
}
