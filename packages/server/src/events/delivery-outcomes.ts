import type { DeliveryResult, HandlerFailure } from '@ops-center/plugin-sdk/protocol'
import type { DeliveryOutcome } from './delivery-outcome.js'
import { ALL_HANDLERS, type QueuedDelivery } from './queued-deliveries.js'

/** Characters that are kept of an error. */
const MAX_ERROR = 10_000

/**
 * What a plugin's answer says of each delivery of a batch.
 *
 * @param version Of the plugin that answered.
 */
export function deliveryOutcomes(
  version: string,
  deliveries: readonly QueuedDelivery[],
  results: readonly DeliveryResult[],
  duration_ms: number,
): DeliveryOutcome[] {
  return deliveries.map((delivery, index) => {
    const { event_id } = delivery.event
    // An event that is replayed may be in a batch twice, and the answer keeps the order.
    const inOrder = results[index]
    const result =
      inOrder?.event_id === event_id ? inOrder : results.find((other) => other.event_id === event_id)
    if (!result) {
      const failures = [{ handler: ALL_HANDLERS, error: 'The plugin did not say what became of this event' }]
      return { delivery, handlers: [], failures, duration_ms }
    }
    const gone = goneOf(version, delivery, result)
    return {
      delivery,
      handlers: result.handlers,
      failures: [...result.failures.map(shortened), ...gone],
      gone: gone.map(({ handler }) => handler),
      duration_ms,
    }
  })
}

/** An error may be as long as its plugin likes, and is kept for days. */
function shortened(failure: HandlerFailure): HandlerFailure {
  const { error } = failure
  return error.length > MAX_ERROR ? { ...failure, error: `${error.slice(0, MAX_ERROR)} ...` } : failure
}

/** Handlers that the delivery was for, and that the plugin does not have: it was updated since. */
function goneOf(
  version: string,
  { event, handlers, job_id }: QueuedDelivery,
  { handlers: reached }: DeliveryResult,
): HandlerFailure[] {
  const missing = handlers?.filter((handler) => !reached.includes(handler)) ?? []
  if (missing.length > 0) {
    return missing.map((handler) => ({
      handler,
      error: `Handler "${handler}" of ${event.name} does not exist in version ${version}`,
    }))
  }
  // Somebody asked for this one by hand: that nobody was there is worth telling.
  const isReplay = job_id !== event.event_id
  if (!isReplay || reached.length > 0) return []
  return [{ handler: ALL_HANDLERS, error: `No handler of version ${version} hears ${event.name}` }]
}
