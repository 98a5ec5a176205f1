import type { Duration } from '../duration.js'
import { OpsError } from '../errors.js'
import { handlerName, uniqueName } from '../handler-name.js'
import { isEventName } from '../vocabulary.js'
import type { HookFailure } from './event-hooks.js'
import { checkHandlerOptions } from './handler-options.js'
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
      throw new OpsError('handler_invalid', `The handler of filter "${filter}" is ${typeof run}: expected a function`)
    }
    checkHandlerOptions(`filter of "${filter}"`, options)
    const handler = uniqueName(handlerName(options.name, run, `filter ${filter}`), (name) =>
      this.all.some((other) => other.handler === name),
    )
    return this.#filters.add({ filter, handler, priority: options.priority ?? DEFAULT_PRIORITY, options, run })
  }

  /**
   * Passes a value through the filters of a name. Each gets its own copy; one that throws, times out or
   * returns nothing is reported and leaves the last good value as it was.
   *
   * @param only Names of the handlers to run, when the host interleaves the filters of several plugins.
   */
  async apply<Value>(filter: string, value: Value, only?: readonly string[]): Promise<FilterReport<Value>> {
    const report: FilterReport<Value> = { value, errors: [] }
    for (const entry of this.all) {
      if (entry.filter !== filter || (only && !only.includes(entry.handler))) continue
      try {
        report.value = await this.#call(entry, structuredClone(report.value))
      } catch (error) {
        const failure = { handler: entry.handler, error }
        report.errors.push(failure)
        this.#onError(failure, filter)
      }
    }
    return report
  }

  async #call<Value>(entry: RegisteredFilter, copy: Value): Promise<Value> {
    const abort = new LazyAbort()
    const context: FilterContext = {
      filter: entry.filter,
      get signal() {
        return abort.signal
      },
    }
    const next = await withTimeout(entry.handler, entry.options.timeout, abort, () =>
      entry.run(copy as never, context),
    )
    if (next === undefined) throw new FilterEmptyError(entry.filter, entry.handler)
    return next as Value
  }
}
