import type { Database } from '../database/client.js'
import { type FoundKey, findKeyOf } from './find-key.js'
import { isGranted } from './permissions.js'
import type { Principal } from './principal.js'
import type { PrincipalChanges } from './principal-changes.js'

/**
 * Watches who opened something that stays open: `onEnded` is called once when that key no longer works, or no longer
 * allows all that it did. Returns the undo.
 *
 * @example socket.once('close', watchPrincipal(principal, () => socket.destroy()))
 */
export type WatchPrincipal = (principal: Principal, onEnded: () => void) => () => void

interface Opened {
  principal: Principal
  onEnded: () => void
}

interface WatchedKey {
  organization_id: string
  id: string
  /** Everything that is open with it. */
  open: Set<Opened>
  timer: NodeJS.Timeout | undefined
  /** Whether the timer is for something that was just opened. */
  isNew: boolean
  /** Whether something changed since the last look. */
  isStale: boolean
  isLooking: boolean
}

/** The longest time of a timer; a key that expires later is looked at in between. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Milliseconds until the first look; what is closed by then costs no look at all. */
const FIRST_LOOK_MS = 250
/** Milliseconds until the next try when the database does not answer. */
const RETRY_MS = 5_000

/** Looks again at the keys of what is open, when they expire and whenever something about their organization changes. */
export class PrincipalWatch {
  readonly #database: Pick<Database, 'kysely'>
  readonly #onError: (error: unknown) => void
  readonly #keys = new Map<string, WatchedKey>()
  readonly #off: () => void

  constructor(
    database: Pick<Database, 'kysely'>,
    changes: PrincipalChanges,
    onError: (error: unknown) => void,
  ) {
    this.#database = database
    this.#onError = onError
    this.#off = changes.onChange((organizationId) => {
      for (const key of this.#keys.values()) {
        if (organizationId === undefined || key.organization_id === organizationId) void this.#look(key)
      }
    })
  }

  /** The token of a plugin ends with what runs it, and so do its connections: only keys are looked at. */
  readonly watch: WatchPrincipal = (principal, onEnded) => {
    if (principal.kind !== 'key') return () => undefined
    const key = this.#keyOf(principal)
    const entry = { principal, onEnded }
    key.open.add(entry)
    // Also without a change: it may have been revoked since it was let in.
    if (!key.isNew) this.#lookAfter(key, FIRST_LOOK_MS)
    key.isNew = true
    return () => {
      key.open.delete(entry)
      this.#forgetUnused(key)
    }
  }

  close(): void {
    this.#off()
    for (const { timer } of this.#keys.values()) clearTimeout(timer)
    this.#keys.clear()
  }

  #keyOf({ organization_id, id }: Principal): WatchedKey {
    const name = nameOf({ organization_id, id })
    const known = this.#keys.get(name)
    if (known) return known
    const key: WatchedKey = {
      organization_id,
      id,
      open: new Set(),
      timer: undefined,
      isNew: false,
      isStale: false,
      isLooking: false,
    }
    this.#keys.set(name, key)
    return key
  }

  async #look(key: WatchedKey): Promise<void> {
    key.isStale = true
    if (key.isLooking) return
    key.isLooking = true
    try {
      while (key.isStale && key.open.size > 0) {
        key.isStale = false
        key.isNew = false
        // What is opened while the database looks may have been let in for what changed since: it waits for its own look.
        const opened = [...key.open]
        this.#judge(key, opened, await findKeyOf(this.#database, key))
      }
    } catch (error) {
      this.#onError(error)
      this.#lookAfter(key, RETRY_MS)
    } finally {
      key.isLooking = false
    }
  }

  #judge(key: WatchedKey, opened: readonly Opened[], found: FoundKey | undefined): void {
    for (const entry of opened) {
      if (found && includesAll(found.principal, entry.principal)) continue
      if (key.open.delete(entry)) entry.onEnded()
    }
    this.#forgetUnused(key)
    if (found && Number.isFinite(found.expiresAt) && !key.isNew)
      this.#lookAfter(key, found.expiresAt - Date.now())
  }

  #lookAfter(key: WatchedKey, milliseconds: number): void {
    clearTimeout(key.timer)
    if (this.#keys.get(nameOf(key)) !== key) return
    key.timer = setTimeout(() => void this.#look(key), Math.min(milliseconds, LONGEST_TIMER_MS)).unref()
  }

  #forgetUnused(key: WatchedKey): void {
    if (key.open.size > 0) return
    clearTimeout(key.timer)
    if (this.#keys.get(nameOf(key)) === key) this.#keys.delete(nameOf(key))
  }
}

function nameOf({ organization_id, id }: Pick<Principal, 'organization_id' | 'id'>): string {
  return `${organization_id}/${id}`
}

function includesAll({ permissions }: Principal, before: Principal): boolean {
  return [...before.permissions].every((permission) => isGranted(permissions, permission))
}
