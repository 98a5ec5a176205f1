import { closeSync, linkSync, openSync, statSync, unlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrorCode } from './error-code.js'

// A guard is held for milliseconds at most. One that stays this long was left by a process that died holding it.
const STALE_AFTER = 1_000

/**
 * Runs `section` while nobody else runs one for the same file, in whatever process. A section should do no more than
 * look at the file and change it, so that the guard is soon gone again.
 *
 * @param file its folder exists; the guard is a file beside it.
 * @param body a file in the same folder, which the guard becomes a second name of.
 */
export async function guarded<T>(file: string, body: string, section: () => T | Promise<T>): Promise<T> {
  const guard = `${file}.lock`
  let seen = ''
  let since = 0
  while (!take(guard, body)) {
    const holder = identity(guard)
    // Our own patience is measured, not the age of the file: its time stamp may come from a clock that differs.
    if (holder !== seen) since = performance.now()
    else if (performance.now() - since > STALE_AFTER) release(guard)
    seen = holder
    await sleep(1 + Math.random() * 4)
  }
  const own = inode(guard)
  try {
    return await section()
  } finally {
    // A process that was busy for too long finds the guard of somebody else in the place of its own.
    if (inode(guard) === own) release(guard)
  }
}

/** A second name for a file that is there costs a tenth of making a file and removing it again. */
function take(guard: string, body: string): boolean {
  try {
    linkSync(body, guard)
    return true
  } catch (error) {
    // Some file systems know no second names.
    return !isErrorCode(error, 'EEXIST') && takeNewFile(guard)
  }
}

function takeNewFile(guard: string): boolean {
  try {
    closeSync(openSync(guard, 'wx', 0o600))
    return true
  } catch (error) {
    if (isErrorCode(error, 'EEXIST')) return false
    throw error
  }
}

function release(guard: string): void {
  try {
    unlinkSync(guard)
  } catch (error) {
    if (!isErrorCode(error, 'ENOENT')) throw error
  }
}

function identity(guard: string): string {
  const status = statSync(guard, { throwIfNoEntry: false })
  // The time of change, unlike that of modification, is new whenever a file gets or loses a name.
  return `${status?.ino} ${status?.ctimeMs}`
}

function inode(guard: string): number | undefined {
  return statSync(guard, { throwIfNoEntry: false })?.ino
}
