import type { Duration } from '../duration.js'
import { OpsError } from '../errors.js'
import { handlerName, uniqueName } from '../handler-name.js'
import { isEventName } from '../vocabulary.js'
import { copyValue } from './copy-value.js'
import type { HookFailure } from './event-hooks.js'
import { checkHandlerOptions } from './handler-options.js'
import { isThenable } from './is-thenable.js'
import { MatchCache } from './match-cache.js'
import { DEFAULT_PRIORITY, PriorityList } from './priority-list.js'
import { LazyAbort, withTimeout } from './run-handler.js'

export interface FilterOptions {
  /** Lower runs first; default 10. */
  priority?: number
  /** Default: the function's name, else one derived from the filter's. */
  name?: string
  /** After this long the value passes unchanged. Default: no limit; the platform sets its own. */
  timeout?: Duration
}

export interface FilterContext {
  readonly signal: AbortSignal
  readonly filter: string
}

export type AnyFilterHandler = (value: never, context: FilterContext) => unknown

export interface RegisteredFilter {
  readonly filter: string
  readonly handler: string
  readonly priority: number
  readonly options: FilterOptions
  readonly run: AnyFilterHandler
}

/** What a chain of filters came to. */
export interface FilterReport<Value> {
  value: Value
  errors: HookFailure[]
}

/** Thrown (and reported) by a filter that returned nothing. */
export class FilterEmptyError extends OpsError {
  constructor(filter: string, handler: string) {
    super(
      'filter_returned_nothing',
      `Filter "${handler}" of "${filter}" returned undefined: expected the value to use instead; the former one is kept`,
    )
  }
}

/** The filter hooks of one plugin. */
export class FilterChain {
  readonly #filters = new PriorityList<RegisteredFilter>()
  readonly #matches = new MatchCache<RegisteredFilter>((entry, filter) => entry.filter === filter)
  readonly #onError: (failure: HookFailure, filter: string) => void

  constructor(onError: (failure: HookFailure, filter: string) => void) {
    this.#onError = onError
  }

  get all(): readonly RegisteredFilter[] {
    return this.#filters.entries
  }

  register(filter: string, run: AnyFilterHandler, options: FilterOptions = {}): () => void {
    if (!isEventName(filter)) {
      throw new OpsError(
        'filter_name_invalid',
        `Cannot filter ${JSON.stringify(filter)}: expected a name with a dot, such as "device.data.process"`,
      )
    }
    if (typeof run !== 'function') {
      throw new OpsError(
        'handler_invalid',
        `The handler of filter "${filter}" is ${typeof run}: expected a function`,
      )
    }
    checkHandlerOptions(`filter of "${filter}"`, options)
    const handler = uniqueName(handlerName(options.name, run, `filter ${filter}`), (name) =>
      this.all.some((other) => other.handler === name),
    )
    return this.#filters.add({
      filter,
      handler,
      priority: options.priority ?? DEFAULT_PRIORITY,
      options,
      run,
    })
  }

  /**
   * Passes a value through the filters of a name. Each gets its own copy; one that throws, times out or
   * returns nothing is reported and leaves the last good value as it was.
   *
   * @param only Names of the handlers to run, when the host interleaves the filters of several plugins.
   */
  async apply<Value>(filter: string, value: Value, only?: readonly string[]): Promise<FilterReport<Value>> {
    const report: FilterReport<Value> = { value, errors: [] }
    for (const entry of this.#matches.find(this.all, filter)) {
      if (only && !only.includes(entry.handler)) continue
      try {
        const outcome = callFilter(entry, copyValue(report.value))
        // To await costs a turn, so what is there already is taken as it is.
        const next = isThenable(outcome) ? await outcome : outcome
        if (next === undefined) throw new FilterEmptyError(filter, entry.handler)
        report.value = next as Value
      } catch (error) {
        const failure = { handler: entry.handler, error }
        report.errors.push(failure)
        this.#onError(failure, filter)
      }
    }
    return report
  }
}

function callFilter(entry: RegisteredFilter, value: unknown): unknown {
  const { timeout } = entry.options
  if (timeout === undefined) return entry.run(value as never, new FilterCall(entry.filter))
  const abort = new LazyAbort()
  const call = new FilterCall(entry.filter, abort)
  return withTimeout(entry.handler, timeout, abort, () => entry.run(value as never, call))
}

class FilterCall implements FilterContext {
  #abort: LazyAbort | undefined
  readonly filter: string

  constructor(filter: string, abort?: LazyAbort) {
    this.filter = filter
    this.#abort = abort
  }

  get signal(): AbortSignal {
    this.#abort ??= new LazyAbort()
    return this.#abort.signal
  }
}
