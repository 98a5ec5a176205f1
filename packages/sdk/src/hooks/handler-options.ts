import { type Duration, parseDuration } from '../duration.js'
import { OpsError } from '../errors.js'

/**
 * Refuses options that would fail at each call, or that a manifest cannot say.
 *
 * @throws OpsError `handler_options_invalid`, `duration_invalid`.
 */
export function checkHandlerOptions(
  what: string,
  { priority, timeout, retries }: { priority?: number; timeout?: Duration; retries?: number },
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
  if (timeout !== undefined) parseDuration(timeout)
}
