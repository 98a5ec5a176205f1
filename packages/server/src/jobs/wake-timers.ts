/** `setTimeout` cannot wait longer; {@link DueQueues} finds what lies further ahead. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Jobs of one queue that are due within so many milliseconds share a timer: a storm of retries makes few of them. */
const STEP_MS = 50

/** Wakes queues when their jobs are due. */
export class WakeTimers {
  readonly #wake: (queue: string) => void
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(wake: (queue: string) => void) {
    this.#wake = wake
  }

  /** How many wait. */
  get size(): number {
    return this.#timers.size
  }

  add(queue: string, time: Date): void {
    const due = Math.ceil((time.getTime() + 1) / STEP_MS) * STEP_MS
    const wait = due - Date.now()
    const key = `${due} ${queue}`
    if (wait <= 0 || wait > LONGEST_TIMER_MS || this.#timers.has(key)) return
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.#wake(queue)
    }, wait)
    timer.unref()
    this.#timers.set(key, timer)
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
