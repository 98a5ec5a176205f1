/** A batch that takes longer than this makes the next one smaller, so that one call never lasts for minutes. */
const SLOW_BATCH_MS = 2_000

/** How much to take at once: twice as much after each batch, and half after a slow one. */
export class BatchPace {
  readonly #max: number
  #size = 1

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  /** Notes how many milliseconds a batch took. */
  took(milliseconds: number): void {
    const isSlow = milliseconds > SLOW_BATCH_MS
    this.#size = isSlow ? Math.max(1, this.#size >> 1) : Math.min(this.#max, this.#size * 2)
  }
}
