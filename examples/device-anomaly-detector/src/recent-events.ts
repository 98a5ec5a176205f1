import { createHash } from 'node:crypto'

/**
 * Events remembered per device. Deliveries come at least once, so an event may come again: a host repeats a batch
 * (at most 200) after a crash, and single events some minutes later.
 */
const LIMIT = 400

/** A short stand-in for an event's id: 48 bits keep the record small and still never meet among 400. */
function markOf(eventId: string): string {
  return createHash('sha256').update(eventId).digest('base64url').slice(0, 8)
}

export function isRemembered(marks: readonly string[], eventId: string): boolean {
  return marks.includes(markOf(eventId))
}

export function remember(marks: readonly string[], eventId: string): string[] {
  return [...marks, markOf(eventId)].slice(-LIMIT)
}
