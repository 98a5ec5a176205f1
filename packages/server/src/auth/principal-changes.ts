import type { Database } from '../database/client.js'

/** Filled by triggers of the database, see the migration `0013-principal-changes`. */
const CHANNEL = 'ops_center_principals'

/** The organization in which something changed; undefined: in any. */
type OnChange = (organizationId: string | undefined) => void

/**
 * Hears whenever keys, or the users they belong to, may do something else than before: of this node's own changes before
 * they are answered, of those of others as soon as the database tells.
 */
export class PrincipalChanges {
  readonly #listeners = new Set<OnChange>()
  #isComplete = false
  #generation = 0
  #close: () => Promise<void> = async () => undefined

  static async open(database: Pick<Database, 'listen' | 'onListening'>): Promise<PrincipalChanges> {
    const changes = new PrincipalChanges()
    const off = database.onListening((isListening) => changes.#listening(isListening))
    const unlisten = await database.listen(CHANNEL, (organizationId) => changes.#changed(organizationId))
    changes.#isComplete = true
    changes.#close = async () => {
      off()
      await unlisten()
    }
    return changes
  }

  /** Counts the changes: what was read under an earlier number may be out of date. */
  get generation(): number {
    return this.#generation
  }

  /** Whether changes of other nodes are heard right now. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Returns the undo. */
  onChange(fn: OnChange): () => void {
    this.#listeners.add(fn)
    return () => void this.#listeners.delete(fn)
  }

  async close(): Promise<void> {
    this.#isComplete = false
    this.#listeners.clear()
    await this.#close()
  }

  #listening(isListening: boolean): void {
    this.#isComplete = isListening
    this.#changed(undefined)
  }

  #changed(organizationId: string | undefined): void {
    this.#generation += 1
    for (const fn of [...this.#listeners]) fn(organizationId)
  }
}
