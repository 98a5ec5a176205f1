import { setTimeout as sleep } from 'node:timers/promises'
import { errorMessage } from '@ops-center/plugin-sdk'
import { type LifecycleResponse, matchesEventPattern } from '@ops-center/plugin-sdk/protocol'
import type { Installation } from './installation.js'
import { type LaunchedPlugin, type LaunchServices, launchPlugin } from './launch-plugin.js'
import { describeExit } from './process-runtime.js'

/** Milliseconds before each restart in a row; the last one is kept. */
const BACKOFF_MS = [100, 500, 1_000, 2_000, 5_000]
/** So many crashes, each within {@link STABLE_MS} of its start, open the circuit. */
const MAX_CRASHES = 6
/** Milliseconds in which a request that is on its way to a replaced process still arrives. */
const DRAIN_MS = 250
/** Milliseconds after which a process that answers nothing counts as stuck. */
const STUCK_MS = 3_000
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
  #installation: Installation
  #launched: LaunchedPlugin | undefined
  #waiters = new Set<() => void>()
  #crashes = 0
  #restarts = 0

  constructor(installation: Installation, services: LaunchServices, events: RunnerEvents) {
    this.#installation = installation
    this.#services = services
    this.#events = events
  }

  get installation(): Installation {
    return this.#installation
  }

  /** The running process, or `undefined` while there is none. */
  get current(): LaunchedPlugin | undefined {
    return this.#launched
  }

  get restarts(): number {
    return this.#restarts
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
    const launched = await launchPlugin(this.#installation, this.#services)
    try {
      this.#stopping.signal.throwIfAborted()
      const answer = await launched.runPhase('enable')
      this.#adopt(launched)
      await this.#events.onStarted(answer)
    } catch (error) {
      this.#launched = undefined
      await launched.process.stop(0)
      throw error
    }
    for (const resume of this.#waiters) resume()
  }

  /** Lets a process of another version, which runs already, take the place of the current one. */
  async replace(installation: Installation, launched: LaunchedPlugin): Promise<void> {
    const former = this.#launched
    this.#installation = installation
    this.#adopt(launched)
    this.#crashes = 0
    for (const resume of this.#waiters) resume()
    await sleep(DRAIN_MS)
    await former?.stop()
  }

  /** Starts as {@link start} does, and keeps trying, as after a crash. */
  async startWithRetries(): Promise<void> {
    try {
      await this.start()
    } catch (error) {
      await this.#afterCrash(0, errorMessage(error))
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
    if (this.#launched !== launched || (await launched.process.connection.isAnswering(STUCK_MS))) return
    if (this.#launched !== launched) return
    this.#services.logs.note(
      this.#installation.id,
      'error',
      'The plugin answers nothing any more: its process is ended',
    )
    await launched.process.stop(0)
  }

  /** Ends the process; no restart follows. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const launched = this.#launched
    this.#launched = undefined
    await launched?.stop()
  }

  #adopt(launched: LaunchedPlugin): void {
    this.#launched = launched
    const startedAt = Date.now()
    void launched.process.exited.then((exit) =>
      this.#onExit(launched, Date.now() - startedAt, describeExit(exit)),
    )
  }

  #onExit(launched: LaunchedPlugin, uptime: number, how: string): void {
    if (this.#launched !== launched) return
    this.#launched = undefined
    this.#services.logs.note(this.#installation.id, 'error', `The plugin's process ended with ${how}`)
    this.#afterCrash(uptime, how).catch(this.#events.onError)
  }

  async #afterCrash(uptime: number, reason: string): Promise<void> {
    if (this.#stopping.signal.aborted) return
    this.#crashes = uptime >= STABLE_MS ? 1 : this.#crashes + 1
    if (this.#crashes >= MAX_CRASHES) {
      const words = `The plugin crashed ${this.#crashes} times in a row, last with ${reason}; enable it again to retry`
      this.#services.logs.note(this.#installation.id, 'critical', words)
      await this.#events.onBroken(words)
      return
    }
    const wait = BACKOFF_MS[Math.min(this.#crashes, BACKOFF_MS.length) - 1] ?? 0
    const isOver = await sleep(wait, false, { signal: this.#stopping.signal, ref: false }).catch(() => true)
    if (isOver) return
    this.#restarts += 1
    this.#services.logs.note(this.#installation.id, 'warning', `Restarting the plugin after ${reason}`)
    await this.startWithRetries()
  }
}
