import type { Duration } from '../duration.js'
import { OpsError } from '../errors.js'
import type { EventEnvelope } from '../events.js'
import { handlerName, uniqueName } from '../handler-name.js'
import { isEventPattern, matchesEventPattern, type OnErrorPolicy } from '../vocabulary.js'
import { checkHandlerOptions } from './handler-options.js'
import { isThenable } from './is-thenable.js'
import { MatchCache } from './match-cache.js'
import { DEFAULT_PRIORITY, PriorityList } from './priority-list.js'
import { LazyAbort, withTimeout } from './run-handler.js'

export interface HookOptions {
  /** Lower runs first; default 10. */
  priority?: number
  /** Default: the function's name, else one derived from the event (`device.created` -> `onDeviceCreated`). */
  name?: string
  /** After this long the handler's signal aborts and it counts as failed. Default: no limit. */
  timeout?: Duration
  /** How often a failed call is repeated, at once; on the platform the host repeats it, later and durably. Default 0. */
  retries?: number
  /**
   * What the platform does once the retries are used up: `'retry'` (default) keeps the event as a dead letter, `'ignore'`
   * records the failure and forgets the event (without `retries` it is not tried again), `'stop'` keeps a dead letter and
   * stops the plugin in state `error`, its further events waiting until an operator enables it again.
   */
  onError?: OnErrorPolicy
  /** Unregister after the first event. */
  once?: boolean
}

/** What a handler gets beside the payload. */
export interface HookContext<Envelope = EventEnvelope> {
  /** Aborts when the handler's time is over. */
  readonly signal: AbortSignal
  readonly event: Envelope
}

/** An event hook with its payload type erased, as the registry keeps it. */
export type AnyHookHandler = (payload: never, context: never) => unknown

export interface RegisteredHook {
  readonly event: string
  readonly handler: string
  readonly priority: number
  readonly options: HookOptions
  readonly run: AnyHookHandler
}

export interface HookResult {
  handler: string
  value: unknown
}

export interface HookFailure {
  handler: string
  error: unknown
}

/** What `emit` returns: nothing is swallowed, nothing is thrown. */
export interface EmitReport {
  event: EventEnvelope
  results: HookResult[]
  errors: HookFailure[]
}

/** A hook that needs neither a timer nor a second call runs without ceremony. */
interface Entry extends RegisteredHook {
  readonly isSimple: boolean
}

/** What a host says with the events it delivers. */
export interface HostDispatch {
  /** Milliseconds of a handler that states no timeout of its own. */
  timeout?: number | undefined
  /** Milliseconds of single handlers, by name, as their manifest states them. */
  timeouts?: Readonly<Record<string, number>> | undefined
}

/** The event hooks of one plugin, and the one dispatcher that runs them. */
export class EventHooks {
  readonly #hooks = new PriorityList<Entry>()
  readonly #matches = new MatchCache<Entry>((hook, event) => matchesEventPattern(hook.event, event))
  readonly #onError: (failure: HookFailure, event: EventEnvelope) => void

  constructor(onError: (failure: HookFailure, event: EventEnvelope) => void) {
    this.#onError = onError
  }

  get all(): readonly RegisteredHook[] {
    return this.#hooks.entries
  }

  register(event: string, run: AnyHookHandler, options: HookOptions = {}): () => void {
    if (!isEventPattern(event)) {
      throw new OpsError(
        'event_name_invalid',
        `Cannot listen to ${JSON.stringify(event)}: expected an event name with a dot ("device.created"), "device.*" or "*"`,
      )
    }
    if (typeof run !== 'function') {
      throw new OpsError('handler_invalid', `The handler of "${event}" is ${typeof run}: expected a function`)
    }
    checkHandlerOptions(`hook of "${event}"`, options)
    const handler = uniqueName(handlerName(options.name, run, `on ${event}`), (name) =>
      this.all.some((hook) => hook.handler === name),
    )
    const { priority = DEFAULT_PRIORITY, once, retries, timeout } = options
    const isSimple = !once && !retries && timeout === undefined
    return this.#hooks.add({ event, handler, priority, options, run, isSimple })
  }

  /** The hooks that an event reaches, in the order they run. */
  matching(event: string): readonly RegisteredHook[] {
    return this.#matching(event)
  }

  /**
   * Runs every matching hook, one after the other; a failing one never stops the next.
   *
   * @param only Names of the handlers to run, when a delivery repeats just those that failed.
   * @param host Given when a host delivers: failed calls are then repeated by the host, not here.
   */
  async dispatch(event: EventEnvelope, only?: readonly string[], host?: HostDispatch): Promise<EmitReport> {
    const report: EmitReport = { event, results: [], errors: [] }
    for (const hook of this.#matching(event.name)) {
      if (only && !only.includes(hook.handler)) continue
      if (!hook.isSimple || host !== undefined) {
        await this.#runWithOptions(hook, report, host)
        continue
      }
      try {
        const outcome = hook.run(event.payload as never, new HookCall(event) as never)
        // To await costs a turn, so what is there already is taken as it is.
        report.results.push({ handler: hook.handler, value: isThenable(outcome) ? await outcome : outcome })
      } catch (error) {
        this.#fail(hook, report, error)
      }
    }
    return report
  }

  #matching(event: string): readonly Entry[] {
    return this.#matches.find(this.#hooks.entries, event)
  }

  async #runWithOptions(hook: Entry, report: EmitReport, host: HostDispatch | undefined): Promise<void> {
    const { once, retries = 0 } = hook.options
    if (once) this.#hooks.remove(hook)
    const timeout = hook.options.timeout ?? host?.timeouts?.[hook.handler] ?? host?.timeout
    const isDone = await this.#attempt(hook, report, timeout, host ? 0 : retries)
    // The host will deliver the event again, and then the hook has to be there.
    if (once && !isDone && host) this.#hooks.add(hook)
  }

  async #attempt(
    hook: Entry,
    report: EmitReport,
    timeout: Duration | undefined,
    retries: number,
  ): Promise<boolean> {
    const { event } = report
    for (let attempt = 0; ; attempt += 1) {
      const abort = new LazyAbort()
      const call = new HookCall(event, abort)
      try {
        const value = await withTimeout(hook.handler, timeout, abort, () =>
          hook.run(event.payload as never, call as never),
        )
        report.results.push({ handler: hook.handler, value })
        return true
      } catch (error) {
        if (attempt < retries) continue
        this.#fail(hook, report, error)
        return false
      }
    }
  }

  #fail(hook: Entry, report: EmitReport, error: unknown): void {
    const failure = { handler: hook.handler, error }
    report.errors.push(failure)
    this.#onError(failure, report.event)
  }
}

class HookCall implements HookContext {
  #abort: LazyAbort | undefined
  readonly event: EventEnvelope

  constructor(event: EventEnvelope, abort?: LazyAbort) {
    this.event = event
    this.#abort = abort
  }

  get signal(): AbortSignal {
    this.#abort ??= new LazyAbort()
    return this.#abort.signal
  }
}
