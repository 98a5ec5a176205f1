import type { QueuedDelivery } from './queued-deliveries.js'

/** Characters of payloads in one call: a plugin has little memory, and its call is one text. */
const MAX_BATCH_SIZE = 4_000_000

/** The deliveries from a place on that go in one call: at least one. */
export function deliveryBatch(
  deliveries: readonly QueuedDelivery[],
  from: number,
  max: number,
): QueuedDelivery[] {
  let end = from
  for (let size = 0; end < deliveries.length && end - from < max; end += 1) {
    size += deliveries[end]?.size ?? 0
    if (end > from && size > MAX_BATCH_SIZE) break
  }
  return deliveries.slice(from, end)
}
