import { sql } from 'kysely'
import type { Database } from '../database/client.js'
import type { EventEnvelope } from './event-envelope.js'
import type { RecentEvents } from './recent-events.js'

/** Characters of payloads to read at once: what is taken from a queue must not depend on what events weigh. */
const MAX_READ_SIZE = 16_000_000

/** An event with the size of its payload, roughly: characters or bytes of its JSON. */
export interface SizedEvent {
  event: EventEnvelope
  size: number
}

/** Where events are read from. */
export interface EventSource {
  database: Pick<Database, 'kysely'>
  recent: RecentEvents
  organization_id: string
}

interface EventRow extends Omit<EventEnvelope, 'occurred_at' | 'payload'> {
  occurred_at: Date
  /** Null where there was too much before it. */
  payload: EventEnvelope['payload'] | null
  size: number
}

/** Events by id, and `left` for those that are too much for now; one that is forgotten is not there. */
export async function readEvents(
  { database, recent, organization_id }: EventSource,
  ids: readonly string[],
): Promise<Map<string, SizedEvent | 'left'>> {
  const events = new Map<string, SizedEvent | 'left'>()
  const missing: string[] = []
  for (const event_id of ids) {
    const found = recent.get({ event_id, organization_id })
    if (found) events.set(event_id, found)
    else missing.push(event_id)
  }
  if (missing.length === 0) return events
  // The size of a text is known without reading it.
  const { rows } = await sql<EventRow>`
    select event_id, organization_id, name, caused_by, occurred_at, trace, size,
      case when before < ${MAX_READ_SIZE} then payload end as payload
    from (
      select events.*, octet_length(payload::text) as size,
        sum(octet_length(payload::text)) over (order by place) - octet_length(payload::text) as before
      from unnest(${missing}::uuid[]) with ordinality as wanted (id, place)
      join events on events.event_id = wanted.id and events.organization_id = ${organization_id}
    ) as found
  `.execute(database.kysely)
  for (const { occurred_at, payload, size, ...row } of rows) {
    const event = payload && { ...row, payload, occurred_at: occurred_at.toISOString() }
    events.set(row.event_id, event ? { event, size } : 'left')
  }
  return events
}
