import { errorMessage, OpsError } from '../errors.js'
import type { ConfigChange } from './config.js'

/** One or more change handlers failed; the change itself stands. `errors` has what each threw. */
export class ConfigHandlerError extends OpsError {
  readonly errors: readonly unknown[]

  constructor(errors: readonly unknown[]) {
    super('config_handler_failed', `After a config change: ${errors.map(errorMessage).join('; ')}`, {
      cause: errors[0],
    })
    this.errors = errors
  }
}

/** Who is told about changes. */
export class ChangeHandlers {
  readonly #handlers = new Set<{ call: (change: ConfigChange) => unknown }>()

  add(call: (change: ConfigChange) => unknown): () => void {
    const entry = { call }
    this.#handlers.add(entry)
    return () => void this.#handlers.delete(entry)
  }

  /** Tells all, each for itself, at once; resolves with what the failed ones threw. */
  async tell(change: ConfigChange): Promise<unknown[]> {
    const outcomes = await Promise.allSettled([...this.#handlers].map(async ({ call }) => call(change)))
    return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  }
}
