import type { EventEnvelope } from './event-envelope.js'

/** What tells an event from all others: its id does within its organization only. */
export function eventKey({
  event_id,
  organization_id,
}: Pick<EventEnvelope, 'event_id' | 'organization_id'>): string {
  return `${event_id} ${organization_id}`
}
