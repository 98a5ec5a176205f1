import { setTimeout as sleep } from 'node:timers/promises'

export interface JobWorkerOptions<Job> {
  /** How many jobs to take next. */
  count: () => number
  fetch: (count: number) => Promise<Job[]>
  handle: (jobs: Job[], signal: AbortSignal) => Promise<void>
  onError: (error: unknown) => void
}

/** Milliseconds after an error before the next try. */
export const ERROR_PAUSE_MS = 1_000
const LONGEST_SLEEP_MS = 2 ** 31 - 1

/** Takes batches from one queue, one at a time, and sleeps until it is woken. */
export class JobWorker<Job> {
  readonly #options: JobWorkerOptions<Job>
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>
  #nap = new AbortController()
  #isWoken = false

  constructor(options: JobWorkerOptions<Job>) {
    this.#options = options
    this.#done = this.#run()
  }

  /** Looks at the queue at once. */
  wake(): void {
    this.#isWoken = true
    this.#nap.abort()
  }

  /** Finishes the batch under way, whose signal aborts, and takes no other. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#done
  }

  async #run(): Promise<void> {
    const { count, fetch, handle, onError } = this.#options
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false
      let pause: number | undefined
      try {
        const asked = count()
        const jobs = await fetch(asked)
        if (jobs.length > 0) await handle(jobs, this.#stopping.signal)
        if (jobs.length === asked) continue
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        onError(error)
        pause = ERROR_PAUSE_MS
      }
      await this.#sleep(pause)
    }
  }

  /** Until it is woken, if not for some milliseconds. */
  async #sleep(milliseconds: number = LONGEST_SLEEP_MS): Promise<void> {
    if (this.#isWoken || this.#stopping.signal.aborted) return
    this.#nap = new AbortController()
    await sleep(milliseconds, undefined, { signal: this.#nap.signal, ref: false }).catch(() => undefined)
  }
}
