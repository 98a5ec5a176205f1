import { setTimeout as sleep } from 'node:timers/promises'
import { StorageConflictError } from './storage-errors.js'

const ATTEMPTS = 60
const LONGEST_PAUSE = 50

/**
 * Repeats an optimistic update until it is not overtaken by another writer.
 *
 * @param attempt resolves to the outcome in a box, or to undefined when another writer was faster.
 * @throws StorageConflictError after 60 attempts.
 */
export async function retryOnConflict<T>(
  key: string,
  attempt: () => Promise<{ readonly value: T } | undefined>,
): Promise<T> {
  for (let tried = 0; tried < ATTEMPTS; tried++) {
    // Random, so that processes which collided once do not collide again in step.
    if (tried > 0) await sleep(Math.random() * Math.min(2 ** tried, LONGEST_PAUSE))
    const outcome = await attempt()
    if (outcome !== undefined) return outcome.value
  }
  throw new StorageConflictError(key, ATTEMPTS)
}
