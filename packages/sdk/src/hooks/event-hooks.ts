import type { Duration } from '../duration.js'
import { OpsError } from '../errors.js'
import type { EventEnvelope } from '../events.js'
import { handlerName, uniqueName } from '../handler-name.js'
import { isEventPattern, matchesEventPattern } from '../vocabulary.js'
import { DEFAULT_PRIORITY, PriorityList } from './priority-list.js'
import { checkHandlerOptions } from './handler-options.js'
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

const MAX_REMEMBERED = 500

/** The event hooks of one plugin, and the one dispatcher that runs them. */
export class EventHooks {
  readonly #hooks = new PriorityList<RegisteredHook>()
  #matches = new Map<string, readonly RegisteredHook[]>()
  #matchesOf: readonly RegisteredHook[] = []
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
    return this.#hooks.add({ event, handler, priority: options.priority ?? DEFAULT_PRIORITY, options, run })
  }

  /** The hooks that an event reaches, in the order they run. */
  matching(event: string): readonly RegisteredHook[] {
    const all = this.all
    // Names of events are anybody's choice, so what is remembered must not grow with them.
    if (this.#matchesOf !== all || this.#matches.size > MAX_REMEMBERED) {
      this.#matches = new Map()
      this.#matchesOf = all
    }
    const known = this.#matches.get(event)
    if (known) return known
    const hooks = all.filter((hook) => matchesEventPattern(hook.event, event))
    this.#matches.set(event, hooks)
    return hooks
  }

  /**
   * Runs every matching hook, one after the other; a failing one never stops the next.
   *
   * @param only Names of the handlers to run, when a delivery repeats just those that failed.
   * @param repeat Whether to repeat failed calls here (a plugin without a host) or leave that to the host.
   */
  async dispatch(event: EventEnvelope, only?: readonly string[], repeat = true): Promise<EmitReport> {
    const report: EmitReport = { event, results: [], errors: [] }
    for (const hook of this.matching(event.name)) {
      if (only && !only.includes(hook.handler)) continue
      if (hook.options.once) this.#hooks.remove(hook)
      const isDone = await this.#call(hook, event, report, repeat ? (hook.options.retries ?? 0) : 0)
      // The host will deliver the event again, and then the hook has to be there.
      if (hook.options.once && !isDone && !repeat) this.#hooks.add(hook)
    }
    return report
  }

  async #call(hook: RegisteredHook, event: EventEnvelope, report: EmitReport, retries: number): Promise<boolean> {
    for (let attempt = 0; ; attempt += 1) {
      const abort = new LazyAbort()
      const context = new CallContext(abort, event)
      try {
        const value = await withTimeout(hook.handler, hook.options.timeout, abort, () =>
          hook.run(event.payload as never, context as never),
        )
        report.results.push({ handler: hook.handler, value })
        return true
      } catch (error) {
        if (attempt < retries) continue
        const failure = { handler: hook.handler, error }
        report.errors.push(failure)
        this.#onError(failure, event)
        return false
      }
    }
  }
}

class CallContext implements HookContext {
  readonly #abort: LazyAbort
  readonly event: EventEnvelope

  constructor(abort: LazyAbort, event: EventEnvelope) {
    this.#abort = abort
    this.event = event
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }
}
