const MAX_REMEMBERED = 500

/** Remembers which entries of a list a name reaches, for as long as the list stays the same. */
export class MatchCache<Entry> {
  readonly #matches: (entry: Entry, name: string) => boolean
  #found = new Map<string, readonly Entry[]>()
  #foundIn: readonly Entry[] = []

  constructor(matches: (entry: Entry, name: string) => boolean) {
    this.#matches = matches
  }

  /** @param entries A snapshot: another list is another array. */
  find(entries: readonly Entry[], name: string): readonly Entry[] {
    // Names are anybody's choice, so what is remembered must not grow with them.
    if (this.#foundIn !== entries || this.#found.size > MAX_REMEMBERED) {
      this.#found = new Map()
      this.#foundIn = entries
    }
    const known = this.#found.get(name)
    if (known) return known
    const found = entries.filter((entry) => this.#matches(entry, name))
    this.#found.set(name, found)
    return found
  }
}
