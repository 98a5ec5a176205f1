import { errorMessage } from '@ops-center/plugin-sdk'
import { ANOMALY_MS, anomalyThreads, loadMachine } from './anomaly/load-machine.js'
import type { Output } from './output.js'
import { type PlatformSource, readPlatformState } from './platform-state.js'
import type { ReadingStream } from './reading-stream.js'
import { repeat } from './repeat.js'
import { coolDownLeft, learningOf, type SessionState } from './session-state.js'

/** Milliseconds between two looks at the platform. */
const LOOK_EVERY_MS = 1_000
/** Milliseconds that an answer to a key stays. */
const MESSAGE_MS = 8_000

/** What a person can do while everything runs, and the end of it. */
export interface WatchedSession {
  /** Makes real load, unless the plugin would only learn that it is usual. */
  provokeAnomaly(): void
  stop(): Promise<void>
}

export interface WatchSessionOptions {
  readonly source: PlatformSource
  readonly stream: ReadingStream
  readonly initial: SessionState
  readonly output: Pick<Output, 'update' | 'alert'>
}

/** Keeps the output up to date with what is sent and with what the platform makes of it. */
export function watchSession({ source, stream, initial, output }: WatchSessionOptions): WatchedSession {
  const stopping = new AbortController()
  let state = initial
  let knownAlerts: ReadonlySet<string> | undefined
  let anomaly: Promise<void> | undefined
  const change = (changes: Partial<SessionState>) => {
    if (stopping.signal.aborted) return
    state = { ...state, ...changes }
    output.update(state)
  }
  let messageTimer: NodeJS.Timeout | undefined
  const say = (message: string, changes: Partial<SessionState> = {}) => {
    if (stopping.signal.aborted) return
    clearTimeout(messageTimer)
    messageTimer = setTimeout(() => change({ message: undefined }), MESSAGE_MS)
    change({ ...changes, message })
  }
  stream.onChange = () => change(stream.state)

  const looking = repeat(
    LOOK_EVERY_MS,
    async () => {
      const platform = await readPlatformState(source)
      const { latest } = platform.alerts
      for (const alert of latest.toReversed()) {
        if (knownAlerts && !knownAlerts.has(alert.id)) output.alert(alert)
      }
      knownAlerts = new Set(latest.map(({ id }) => id))
      change({ platform, ...stream.state })
    },
    (error) => change({ trouble: errorMessage(error) }),
  )

  return {
    provokeAnomaly() {
      if (anomaly) return
      const { phase, readings } = learningOf(state)
      if (phase !== 'watching') {
        const progress = phase === 'learning' ? ` (${readings}/${state.settings.warmUpReadings})` : ''
        return say(`Not yet: load now would be learnt as usual${progress}. Press a later.`)
      }
      const before = state.platform?.stats?.detections ?? 0
      change({ anomalyUntil: Date.now() + ANOMALY_MS, message: undefined })
      anomaly = loadMachine(anomalyThreads(), ANOMALY_MS, stopping.signal).then(
        () => say(outcome(state, before, Date.now()), { anomalyUntil: undefined }),
        (error: unknown) => say(errorMessage(error), { anomalyUntil: undefined }),
      )
      void anomaly.then(() => {
        anomaly = undefined
      })
    },
    async stop() {
      stopping.abort()
      stream.onChange = undefined
      await Promise.all([looking.stop(), anomaly])
      clearTimeout(messageTimer)
    },
  }
}

/** What came of an anomaly, in at most 78 columns. */
function outcome(state: SessionState, detectionsBefore: number, now: number): string {
  if ((state.platform?.stats?.detections ?? 0) === detectionsBefore) {
    return 'Nothing unusual: this machine is often as busy as that. a: load again'
  }
  const minutes = Math.ceil(coolDownLeft(state, now) / 60_000)
  return `Detected. One alert per incident: the next one in ${minutes} minutes at the earliest`
}
