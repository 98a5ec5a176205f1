/** A job and the webhook that it is for. */
export interface LaneJob {
  id: string
  lane: string
}

export interface LanesOptions<Job extends LaneJob> {
  /** Works on one job; never throws. */
  work: (job: Job, signal: AbortSignal) => Promise<void>
  /** Gives jobs back until a time, because too many wait before them. */
  postpone: (jobs: Job[], until: Date) => Promise<void>
  /** Jobs of one lane under way at the same time. */
  perLane: number
  /** Milliseconds of work that may wait in one lane, by how long its jobs took lately. */
  maxBacklog: number
  /** Jobs that may be here at all before {@link DeliveryLanes.add} waits. */
  maxJobs: number
  /** Milliseconds that jobs are postponed for. */
  postponeFor: number
}

interface Lane<Job> {
  waiting: Job[]
  running: number
  /** Milliseconds a job takes, the latest ones counting most. */
  pace: number
}

/** How long a job of a lane is thought to take before one was done, in milliseconds. */
const FIRST_GUESS_MS = 2_000

/** Jobs side by side by webhook: a slow receiver keeps only its own deliveries waiting. */
export class DeliveryLanes<Job extends LaneJob> {
  readonly #options: LanesOptions<Job>
  readonly #lanes = new Map<string, Lane<Job>>()
  readonly #known = new Set<string>()
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()
  #onRoom: () => void = () => undefined

  constructor(options: LanesOptions<Job>) {
    this.#options = options
  }

  /** Takes jobs; resolves when there is room for more. One that is here already is not taken twice. */
  async add(jobs: readonly Job[], signal: AbortSignal): Promise<void> {
    const { postpone, postponeFor, maxJobs } = this.#options
    const tooMany: Job[] = []
    for (const job of jobs) {
      if (this.#known.has(job.id)) continue
      const lane = this.#lane(job.lane)
      if (this.#isFull(lane)) tooMany.push(job)
      else {
        this.#known.add(job.id)
        lane.waiting.push(job)
        this.#next(job.lane, lane)
      }
    }
    if (tooMany.length > 0) await postpone(tooMany, new Date(Date.now() + postponeFor))
    while (this.#known.size >= maxJobs && !signal.aborted) await this.#room(signal)
  }

  /** Aborts what is under way and forgets what waits; both are still in the queue. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const lane of this.#lanes.values()) lane.waiting = []
    await Promise.all(this.#running)
  }

  #lane(name: string): Lane<Job> {
    const known = this.#lanes.get(name)
    if (known) return known
    const lane: Lane<Job> = { waiting: [], running: 0, pace: FIRST_GUESS_MS }
    this.#lanes.set(name, lane)
    return lane
  }

  #isFull({ waiting, pace }: Lane<Job>): boolean {
    const { perLane, maxBacklog } = this.#options
    return (waiting.length * pace) / perLane >= maxBacklog
  }

  #next(name: string, lane: Lane<Job>): void {
    if (this.#stopping.signal.aborted) return
    while (lane.running < this.#options.perLane) {
      const job = lane.waiting.shift()
      if (!job) break
      lane.running += 1
      const started = performance.now()
      const work = this.#options.work(job, this.#stopping.signal).finally(() => {
        this.#running.delete(work)
        this.#known.delete(job.id)
        lane.running -= 1
        lane.pace = 0.8 * lane.pace + 0.2 * (performance.now() - started)
        this.#onRoom()
        this.#next(name, lane)
      })
      this.#running.add(work)
    }
    if (lane.running === 0) this.#lanes.delete(name)
  }

  #room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
