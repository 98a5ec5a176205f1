import { type Duration, parseDuration } from '../duration.js'
import { OpsError } from '../errors.js'
import { ON_ERROR_POLICIES } from '../vocabulary.js'

/** Options of hooks, filters and tasks that are checked alike. */
interface CheckedOptions {
  priority?: number
  timeout?: Duration
  retries?: number
  onError?: string
}

/**
 * Refuses options that would fail at each call, or that a manifest cannot say.
 *
 * @throws OpsError `handler_options_invalid`, `duration_invalid`.
 */
export function checkHandlerOptions(
  what: string,
  { priority, timeout, retries, onError }: CheckedOptions,
): void {
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    throw new OpsError(
      'handler_options_invalid',
      `The priority of the ${what} is ${priority}: expected a whole number`,
    )
  }
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0 && retries <= 100)) {
    throw new OpsError(
      'handler_options_invalid',
      `The retries of the ${what} are ${retries}: expected 0 to 100`,
    )
  }
  if (onError !== undefined && !ON_ERROR_POLICIES.some((policy) => policy === onError)) {
    throw new OpsError(
      'handler_options_invalid',
      `onError of the ${what} is ${JSON.stringify(onError)}: expected ${ON_ERROR_POLICIES.join(', ')}`,
    )
  }
  if (timeout !== undefined) parseDuration(timeout)
}
