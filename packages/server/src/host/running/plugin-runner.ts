import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage } from '@ops-center/plugin-sdk'
import { type LifecycleResponse, matchesEventPattern } from '@ops-center/plugin-sdk/protocol'
import type { Installation } from '../installations/installation.js'
import type { InstallationMetrics } from '../observation/plugin-metrics.js'
import { type LaunchedPlugin, type LaunchServices, launchPlugin } from './launch-plugin.js'

/**
 * Milliseconds before each restart in a row. After that many, each within {@link STABLE_MS} of its start, one crash more
 * opens the circuit.
 */
const BACKOFF_MS = [100, 500, 1_000, 2_000, 5_000]
/** What runs somewhere else is out of reach for a while when it is deployed anew, or its machine starts again. */
const REMOTE_BACKOFF_MS = [...BACKOFF_MS, 10_000, 30_000, 60_000, 60_000, 60_000]
/** Milliseconds in which a request that is on its way to a replaced process still arrives. */
const DRAIN_MS = 250
/** Milliseconds after which a process that answers nothing counts as stuck. */
const STUCK_MS = 3_000
/** A host that is later than this by itself may have had the answer all the while. */
const LATE_MS = 100
/** A plugin that ran this long is well again. */
const STABLE_MS = 30_000

export interface RunnerEvents {
  /** The plugin started, or started again: what it registers may have changed. */
  onStarted: (answer: LifecycleResponse) => Promise<void>
  /** It crashed too often, and is left alone until somebody enables it again. */
  onBroken: (reason: string) => Promise<void>
  onError: (error: unknown) => void
}

/** Keeps the process of one enabled installation running. */
export class PluginRunner {
  readonly #services: LaunchServices
  readonly #events: RunnerEvents
  readonly #stopping = new AbortController()
  #resting = new AbortController()
  readonly metrics: InstallationMetrics
  #installation: Installation
  #launched: LaunchedPlugin | undefined
  #waiters = new Set<() => void>()
  readonly #retiring = new Set<Promise<void>>()
  #crashes = 0
  #retrying: Promise<void> | undefined
  #restarts = 0
  #startedAt: number | undefined
  #whyDown: string | undefined

  constructor(installation: Installation, services: LaunchServices, events: RunnerEvents) {
    this.#installation = installation
    this.#services = services
    this.#events = events
    this.metrics = services.metrics.of(installation)
  }

  get installation(): Installation {
    return this.#installation
  }

  /** The running process, or `undefined` while there is none. */
  get current(): LaunchedPlugin | undefined {
    return this.#launched
  }

  /** Whether another process runs in place of this one, which the host ended: after a crash none does for a while. */
  hasReplaced(launched: LaunchedPlugin): boolean {
    return this.#launched !== undefined && this.#launched !== launched
  }

  /** Whether the host ended it for good. */
  get isStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Whether it was given up, here or on another node. */
  get isResting(): boolean {
    return this.#resting.signal.aborted
  }

  /** Why nothing of it runs at the moment, if it ran or failed to start; undefined while it runs. */
  get whyDown(): string | undefined {
    return this.#whyDown
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Milliseconds since what runs now was started; undefined while nothing does. */
  get uptime(): number | undefined {
    return this.#launched && this.#startedAt !== undefined ? Date.now() - this.#startedAt : undefined
  }

  /** The handlers that hear an event. */
  hooksFor(event: string): string[] {
    return this.#installation.registrations.hooks
      .filter((hook) => matchesEventPattern(hook.event, event))
      .map(({ handler }) => handler)
  }

  /** What the next start of the process is told. */
  setInstallation(installation: Installation): void {
    this.#installation = installation
  }

  /**
   * Starts the process and enables the plugin.
   *
   * @throws whatever kept it from starting; it is not tried again then.
   */
  async start(): Promise<void> {
    const over = this.#over
    const launched = await launchPlugin(this.#installation, this.#services)
    // Nobody waits for a handler that is stuck when the plugin shall not run any more.
    const cut = () => void launched.kill().catch(this.#events.onError)
    try {
      over.throwIfAborted()
      over.addEventListener('abort', cut)
      const answer = await launched.runPhase('enable').finally(() => over.removeEventListener('abort', cut))
      over.throwIfAborted()
      this.#adopt(launched)
      await this.#events.onStarted(answer)
    } catch (error) {
      if (this.#launched === launched) this.#launched = undefined
      await launched.kill()
      // Cut off, it failed because of that.
      over.throwIfAborted()
      throw error
    }
    for (const resume of this.#waiters) resume()
  }

  /** Lets a process of another version, which runs already, take the place of the current one, which ends soon after. */
  replace(installation: Installation, launched: LaunchedPlugin): void {
    const former = this.#launched
    this.#installation = installation
    // A restart after a crash may be under way: it must not take the place of what came instead.
    this.#resting.abort()
    this.#resting = new AbortController()
    this.#adopt(launched)
    this.#crashes = 0
    for (const resume of this.#waiters) resume()
    if (former) this.#retire(former)
  }

  /** Starts as {@link start} does; after a failure it keeps trying in the background, as after a crash. */
  async startWithRetries(): Promise<void> {
    const over = this.#over
    try {
      await this.start()
    } catch (error) {
      if (!over.aborted) this.#retryAfter(0, errorMessage(error))
    }
  }

  /** Resolves with the running process, however long that takes. @throws when stopped or aborted. */
  async whenRunning(signal: AbortSignal): Promise<LaunchedPlugin> {
    const over = AbortSignal.any([signal, this.#stopping.signal])
    for (;;) {
      over.throwIfAborted()
      if (this.#launched) return this.#launched
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#waiters.delete(done)
          over.removeEventListener('abort', done)
          resolve()
        }
        this.#waiters.add(done)
        over.addEventListener('abort', done)
      })
    }
  }

  /**
   * A call was not answered in time. A process that answers nothing at all any more (an endless loop, a heap that is
   * full) is ended, and started again as after a crash.
   */
  async suspect(launched: LaunchedPlugin): Promise<void> {
    if (this.#launched !== launched || (await isAnswering(launched)) || this.#launched !== launched) return
    this.#services.logs.note(
      this.#installation.id,
      'error',
      'The plugin answers nothing any more: it is ended',
    )
    await launched.kill('it answered nothing any more')
  }

  /** The plugin shall not go on: {@link rest}, and everybody learns why. */
  async giveUp(reason: string): Promise<void> {
    if (this.isResting) return
    this.#services.logs.note(this.#installation.id, 'critical', reason)
    await Promise.all([this.rest(), this.#events.onBroken(reason)])
  }

  /** Ends the process, if there is one; nothing starts it until the plugin is enabled again. */
  async rest(): Promise<void> {
    this.#resting.abort()
    const launched = this.#launched
    this.#launched = undefined
    await launched?.stop()
  }

  /** Ends the process; no restart follows. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const launched = this.#launched
    this.#launched = undefined
    await Promise.all([launched?.stop(), this.#retrying, ...this.#retiring])
  }

  /** Aborts once nothing shall run any more. */
  get #over(): AbortSignal {
    return AbortSignal.any([this.#stopping.signal, this.#resting.signal])
  }

  #retire(former: LaunchedPlugin): void {
    const retiring = sleep(DRAIN_MS)
      .then(() => former.stop())
      .catch(this.#events.onError)
      .finally(() => this.#retiring.delete(retiring))
    this.#retiring.add(retiring)
  }

  #adopt(launched: LaunchedPlugin): void {
    this.#launched = launched
    const startedAt = Date.now()
    this.#startedAt = startedAt
    this.#whyDown = undefined
    void launched.exited.then((how) => this.#onExit(launched, Date.now() - startedAt, how))
  }

  #onExit(launched: LaunchedPlugin, uptime: number, how: string): void {
    if (this.#launched !== launched) return
    this.#launched = undefined
    const words = `The plugin ended with ${how}`
    this.#services.logs.note(this.#installation.id, 'error', words)
    this.#retryAfter(uptime, words)
  }

  #retryAfter(uptime: number, reason: string): void {
    this.#whyDown = reason
    this.#retrying = this.#afterCrash(uptime, reason).catch(this.#events.onError)
  }

  async #afterCrash(uptime: number, reason: string): Promise<void> {
    const over = this.#over
    if (over.aborted) return
    this.#crashes = uptime >= STABLE_MS ? 1 : this.#crashes + 1
    const backoff = this.#installation.remote ? REMOTE_BACKOFF_MS : BACKOFF_MS
    const wait = backoff[this.#crashes - 1]
    if (wait === undefined) {
      const words = `The plugin crashed ${this.#crashes} times in a row; enable it again to retry. Last reason: ${reason}`
      return this.giveUp(words)
    }
    const isOver = await sleep(wait, false, { signal: over, ref: false }).catch(() => true)
    if (isOver) return
    this.#restarts += 1
    this.metrics.restarted()
    this.#services.logs.note(this.#installation.id, 'warning', `Restarting the plugin: ${reason}`)
    await this.startWithRetries()
  }
}

async function isAnswering(launched: LaunchedPlugin): Promise<boolean> {
  for (;;) {
    const asked = performance.now()
    if (await launched.connection.isAnswering(STUCK_MS)) return true
    if (performance.now() - asked < STUCK_MS + LATE_MS) return false
  }
}
