import { OpsError } from '@ops-center/plugin-sdk'

/** The wish to stop, from a key, a signal or the end of whoever reads the output. */
export interface Interruption {
  /** Aborts with the first wish. */
  readonly signal: AbortSignal
  interrupt(): void
  /** Listens no more. */
  [Symbol.dispose](): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** A terminal signals npm and us, and npm passes it on: what comes so soon after the first is the same wish. */
const SAME_WISH_MS = 1_000

/**
 * Takes over the signals that end a process. A second one, later than a second after the first, ends it at once.
 *
 * @param onImpatience Called before the process ends at once.
 */
export function listenForInterruption(onImpatience: () => void): Interruption {
  const controller = new AbortController()
  let since = Number.POSITIVE_INFINITY
  const interrupt = () => {
    if (!controller.signal.aborted) {
      since = performance.now()
      controller.abort(new OpsError('interrupted', 'Stopped by the user'))
    } else if (performance.now() - since > SAME_WISH_MS) {
      onImpatience()
      process.exit(130)
    }
  }
  const onOutputError = (error: NodeJS.ErrnoException) => {
    // `npm start | head`: nobody reads any more.
    if (error.code !== 'EPIPE') throw error
    if (!controller.signal.aborted) interrupt()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  process.stdout.on('error', onOutputError)
  return {
    signal: controller.signal,
    interrupt,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, interrupt)
    },
  }
}
