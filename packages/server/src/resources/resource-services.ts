import type { Logger } from 'pino'
import type { Database } from '../database/client.js'
import type { EventPublisher } from '../events/event-publisher.js'
import type { FilterRunner } from '../host/filters/filter-runner.js'

/** What the routes of a resource need to read and change rows. */
export interface ResourceServices {
  database: Database
  events: EventPublisher
  filters: FilterRunner
  logger: Logger
}
