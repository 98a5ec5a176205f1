import { LRUCache } from 'lru-cache'
import type { Database } from '../database/client.js'
import { hashOf } from './api-key.js'
import { findKey } from './find-key.js'
import type { Principal } from './principal.js'
import type { PrincipalChanges } from './principal-changes.js'

/** Keys kept in memory; the ones used longest ago are looked up again. */
const KEPT_KEYS = 10_000
/** Milliseconds after which a key is looked up again though nothing is known to have changed. */
const KEPT_MS = 10_000

interface KeptKey {
  principal: Principal
  /** Milliseconds since 1970: looked up again from then on, because it expires or was kept long enough. */
  until: number
}

export interface ApiKeysOptions {
  /** Milliseconds since 1970; default: the clock of the system. */
  now?: () => number
}

/**
 * Whose a key is. One that works is kept in memory, under its hash, until anything changes that it depends on, so most
 * requests need no database; on the node that revokes a key it has stopped when the answer says so.
 */
export class ApiKeys {
  readonly #database: Pick<Database, 'kysely'>
  readonly #changes: PrincipalChanges
  readonly #now: () => number
  readonly #kept = new LRUCache<string, KeptKey>({ max: KEPT_KEYS })
  readonly #looking = new Map<string, Promise<Principal | undefined>>()

  constructor(
    database: Pick<Database, 'kysely'>,
    changes: PrincipalChanges,
    { now = () => Date.now() }: ApiKeysOptions = {},
  ) {
    this.#database = database
    this.#changes = changes
    this.#now = now
    changes.onChange((organizationId) => this.#forget(organizationId))
  }

  /**
   * The principal of a key, at once when it is kept; undefined for one that is unknown, revoked or expired, or of a user
   * who is inactive.
   */
  resolve(key: string): Principal | Promise<Principal | undefined> {
    const hash = hashOf(key)
    // When changes of other nodes are not heard, a key that is kept may have been revoked.
    if (!this.#changes.isComplete) return this.#find(key, hash)
    const kept = this.#kept.get(hash)
    if (kept && this.#now() < kept.until) return kept.principal
    const looking = this.#looking.get(hash) ?? this.#find(key, hash)
    this.#looking.set(hash, looking)
    return looking
  }

  async #find(key: string, hash: string): Promise<Principal | undefined> {
    const { generation } = this.#changes
    try {
      const now = this.#now()
      const found = await findKey(this.#database, key, now)
      if (found && this.#changes.isComplete && this.#changes.generation === generation) {
        this.#kept.set(hash, {
          principal: found.principal,
          until: Math.min(found.expiresAt, now + KEPT_MS),
        })
      }
      return found?.principal
    } finally {
      // After a change the place may be another's, who began to look later.
      if (this.#changes.generation === generation) this.#looking.delete(hash)
    }
  }

  #forget(organizationId: string | undefined): void {
    this.#looking.clear()
    for (const hash of [...this.#kept.keys()]) {
      const owner = this.#kept.peek(hash)?.principal.organization_id
      if (organizationId === undefined || owner === organizationId) this.#kept.delete(hash)
    }
  }
}
