import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../database/client.js'
import { ERROR_PAUSE_MS } from './job-worker.js'
import { giveBack } from './queue-rows.js'

export interface HeldQueue {
  /** This node has the queue to itself. */
  onHeld: () => void
  /** Resolves once nothing here works on it. */
  onLost: () => Promise<void>
  onError: (error: unknown) => void
}

/** Works on a queue whenever this node holds its lease. Returns how to give that up, which waits for what is under way. */
export function holdQueue(
  database: Database,
  queue: string,
  { onHeld, onLost, onError }: HeldQueue,
): () => Promise<void> {
  let lost = new AbortController()
  let starting: Promise<void> = Promise.resolve()
  const start = async ({ signal }: AbortController) => {
    while (!(await isReclaimed(database, queue, onError))) {
      await sleep(ERROR_PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined)
      if (signal.aborted) return
    }
    if (!signal.aborted) onHeld()
  }
  return database.leases.want(queue, {
    onHeld: () => {
      lost = new AbortController()
      starting = start(lost)
    },
    onLost: async () => {
      lost.abort()
      await starting
      await onLost()
    },
  })
}

/** Whoever takes a queue over is alone with it: what is under way was left by a node that died. */
async function isReclaimed(
  database: Database,
  queue: string,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const done = giveBack(database, queue).then(() => true)
  return done.catch((error: unknown) => {
    onError(error)
    return false
  })
}
