import type { EventEnvelope } from './event-envelope.js'
import { eventKey } from './event-key.js'
import type { SizedEvent } from './read-events.js'

/** Characters of payloads that are kept, each event counted as so many more: small ones would be too many otherwise. */
const MAX_SIZE = 8_000_000
const EVENT_SIZE = 400

/**
 * The events that this node published last, so that the plugins that hear them need not each read them again. Events
 * of a transaction that failed are here too, and nobody asks for them.
 */
export class RecentEvents {
  readonly #events = new Map<string, SizedEvent>()
  #size = 0

  get(event: Pick<EventEnvelope, 'event_id' | 'organization_id'>): SizedEvent | undefined {
    return this.#events.get(eventKey(event))
  }

  /** @param payloadSize Characters of its payload as JSON. */
  add(event: EventEnvelope, payloadSize: number): void {
    const key = eventKey(event)
    // One that is here already is of a transaction that failed: this one was stored.
    this.#size -= this.#events.get(key)?.size ?? 0
    this.#events.delete(key)
    const size = payloadSize + EVENT_SIZE
    this.#events.set(key, { event, size })
    this.#size += size
    for (const [oldestKey, oldest] of this.#events) {
      if (this.#size <= MAX_SIZE) return
      this.#events.delete(oldestKey)
      this.#size -= oldest.size
    }
  }
}
