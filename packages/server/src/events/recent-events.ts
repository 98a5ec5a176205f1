import type { EventEnvelope } from './event-envelope.js'

/** Characters of payloads that are kept, each event counted as so many more: small ones would be too many otherwise. */
const MAX_SIZE = 8_000_000
const EVENT_SIZE = 400

/**
 * The events that this node published last, so that the plugins that hear them need not each read them again. Events
 * of a transaction that failed are here too, and nobody asks for them.
 */
export class RecentEvents {
  readonly #events = new Map<string, { event: EventEnvelope; size: number }>()
  #size = 0

  get(eventId: string): EventEnvelope | undefined {
    return this.#events.get(eventId)?.event
  }

  /** @param payloadSize Characters of its payload as JSON. */
  add(event: EventEnvelope, payloadSize: number): void {
    if (this.#events.has(event.event_id)) return
    const size = payloadSize + EVENT_SIZE
    this.#events.set(event.event_id, { event, size })
    this.#size += size
    for (const [id, oldest] of this.#events) {
      if (this.#size <= MAX_SIZE) return
      this.#events.delete(id)
      this.#size -= oldest.size
    }
  }
}
