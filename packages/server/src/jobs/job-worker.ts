import { setTimeout as sleep } from 'node:timers/promises'

export interface JobWorkerOptions<Job> {
  fetch: (count: number) => Promise<Job[]>
  handle: (jobs: Job[], signal: AbortSignal) => Promise<void>
  onError: (error: unknown) => void
  /** Most jobs in one batch. */
  maxBatch: number
  /** Milliseconds between looks at an empty queue, should a wake-up ever be missed. */
  pollInterval: number
}

/** A batch that takes longer than this makes the next one smaller, so that one call never lasts for minutes. */
const SLOW_BATCH_MS = 2_000
const ERROR_PAUSE_MS = 1_000

/** Takes batches from one queue, one at a time, and sleeps until it is woken. */
export class JobWorker<Job> {
  readonly #options: JobWorkerOptions<Job>
  readonly #stopping = new AbortController()
  readonly #done: Promise<void>
  #nap = new AbortController()
  #isWoken = false
  #batch = 1

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
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false
      let pause = this.#options.pollInterval
      try {
        const asked = this.#batch
        const jobs = await this.#options.fetch(asked)
        if (jobs.length > 0) await this.#work(jobs)
        if (jobs.length === asked) continue
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        this.#options.onError(error)
        pause = ERROR_PAUSE_MS
      }
      await this.#sleep(pause)
    }
  }

  async #work(jobs: Job[]): Promise<void> {
    const started = performance.now()
    await this.#options.handle(jobs, this.#stopping.signal)
    const isSlow = performance.now() - started > SLOW_BATCH_MS
    this.#batch = isSlow ? Math.max(1, this.#batch >> 1) : Math.min(this.#options.maxBatch, this.#batch * 2)
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (this.#isWoken || this.#stopping.signal.aborted) return
    this.#nap = new AbortController()
    await sleep(milliseconds, undefined, { signal: this.#nap.signal, ref: false }).catch(() => undefined)
  }
}
