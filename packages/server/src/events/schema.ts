import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { Timestamp } from '../resources/schema.js'

export interface EventsTable {
  /** A UUID, unique within its organization; the platform's own are of version 7: sorting by them sorts by time. */
  event_id: string
  organization_id: string
  name: string
  /** Kept as `json`, not `jsonb`: the text stays as it was sent. */
  payload: JSONColumnType<Record<string, unknown>>
  caused_by: JSONColumnType<{ event_id: string; depth: number; plugin_id: string } | null>
  occurred_at: Timestamp
  /** The plugin that told the event itself, and is not told it. */
  published_by: ColumnType<string | null, string | null | undefined, never>
  /** The `traceparent` of the span that published it. */
  trace: ColumnType<string | null, string | null | undefined, never>
}

export interface DeliveriesTable {
  id: Generated<string>
  organization_id: string
  installation_id: string
  event_id: string
  event: string
  status: 'delivered' | 'retrying' | 'dead' | 'ignored'
  attempt: number
  handlers: JSONColumnType<string[]>
  failures: JSONColumnType<{ handler: string; error: string }[]>
  duration_ms: number
  created_at: Timestamp
}

export interface DeadLettersTable {
  id: string
  organization_id: string
  installation_id: string
  plugin_id: string
  event_id: string
  event: string
  handlers: JSONColumnType<string[]>
  error: string
  attempts: number
  created_at: Timestamp
  replayed_at: Date | null
}

/** Tables of the events room. */
export interface EventsSchema {
  events: EventsTable
  deliveries: DeliveriesTable
  dead_letters: DeadLettersTable
}
