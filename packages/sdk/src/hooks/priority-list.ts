/** The priority of whoever states none. */
export const DEFAULT_PRIORITY = 10

/** Entries in the order they run: by priority, lower first, ties in order of registration. */
export class PriorityList<Entry extends { readonly priority: number }> {
  #entries: readonly Entry[] = []

  /** A snapshot: later registrations do not change it. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  add(entry: Entry): () => void {
    const after = this.#entries.findIndex((other) => other.priority > entry.priority)
    this.#entries = after === -1 ? [...this.#entries, entry] : this.#entries.toSpliced(after, 0, entry)
    return () => this.remove(entry)
  }

  remove(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry)
  }
}
