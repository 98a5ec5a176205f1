/** Runs work of one name in the order it was asked for, one at a time; names do not wait for each other. */
export class TurnTaking {
  readonly #last = new Map<string, Promise<unknown>>()

  take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(work, work)
    this.#last.set(name, turn)
    const forget = () => {
      if (this.#last.get(name) === turn) this.#last.delete(name)
    }
    turn.then(forget, forget)
    return turn
  }

  /** Resolves once all that was asked for so far is over, however it ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#last.values())
  }
}
