import type { Transaction } from 'kysely'
import type { Schema } from '../database/schema.js'

/** Which event made a plugin do what it is doing now, and how long that chain already is. */
export interface CausedBy {
  event_id: string
  depth: number
  plugin_id: string
}

/** One thing that happened, as the room that changed the row tells it. */
export interface NewEvent {
  organization_id: string
  name: string
  payload: Record<string, unknown>
  caused_by?: CausedBy | undefined
  /** A UUID; default: a new one. */
  event_id?: string | undefined
  /** The plugin that told the event itself, and has run its own hooks already. */
  except_plugin?: string | undefined
}

/** Enqueues events in the transaction of the change they tell about: both are kept, or neither. */
export interface EventPublisher {
  publish(trx: Transaction<Schema>, event: NewEvent | NewEvent[]): Promise<void>
}
