import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Schema } from '../database/schema.js'
import { deliveryQueue, type StoredInstallation } from '../host/installation.js'
import type { Jobs, NewJob } from '../jobs/jobs.js'
import type { EventPublisher, NewEvent } from './event-publisher.js'

/** A chain of plugins causing each other's events is cut after this many links. */
const MAX_CAUSATION_DEPTH = 8

export type IdentifiedEvent = NewEvent & { event_id: string }

/** Jobs of hearers that are no plugins, made in the same transaction. */
export type FurtherJobs = (
  trx: Transaction<Schema>,
  events: readonly IdentifiedEvent[],
) => Promise<readonly NewJob[]>

export interface PublisherOptions {
  jobs: Jobs
  logger: Logger
  /** The installations that an event reaches. */
  hearers: (organizationId: string, event: string) => StoredInstallation[]
  furtherJobs?: FurtherJobs | undefined
}

/** Events, and one job for each installation that hears them, in the transaction of whoever changed the row. */
export function createEventPublisher(options: PublisherOptions): EventPublisher {
  const { jobs, logger, hearers, furtherJobs } = options
  return {
    async publish(trx, given) {
      const events = await insertEvents(trx, (Array.isArray(given) ? given : [given]).map(identified))
      const deliveries: NewJob[] = [...((await furtherJobs?.(trx, events)) ?? [])]
      for (const event of events) {
        const installations = hearers(event.organization_id, event.name).filter(
          ({ plugin_id }) => plugin_id !== event.except_plugin,
        )
        if ((event.caused_by?.depth ?? 0) < MAX_CAUSATION_DEPTH) {
          deliveries.push(
            ...installations.map(({ id }) => ({ queue: deliveryQueue(id), id: event.event_id })),
          )
          continue
        }
        logger.warn(
          { event: event.name, event_id: event.event_id, caused_by: event.caused_by },
          'A loop of plugins causing each other was cut: the event is kept, and delivered to nobody',
        )
        await buryLoop(trx, event, installations)
      }
      await jobs.insert(trx, deliveries)
    },
  }
}

function identified(event: NewEvent): IdentifiedEvent {
  return { ...event, event_id: event.event_id ?? uuidv7() }
}

/** The events that were not known yet: one that a plugin tells twice, because no answer came, is one event. */
async function insertEvents(
  trx: Transaction<Schema>,
  events: readonly IdentifiedEvent[],
): Promise<readonly IdentifiedEvent[]> {
  if (events.length === 0) return []
  const occurred_at = new Date()
  const inserted = await trx
    .insertInto('events')
    .values(
      events.map(({ event_id, organization_id, name, payload, caused_by }) => ({
        event_id,
        organization_id,
        name,
        payload: JSON.stringify(payload),
        caused_by: JSON.stringify(caused_by ?? null),
        occurred_at,
      })),
    )
    .onConflict((conflict) => conflict.column('event_id').doNothing())
    .returning('event_id')
    .execute()
  if (inserted.length === events.length) return events
  const known = new Set(inserted.map(({ event_id }) => event_id))
  return events.filter(({ event_id }) => known.has(event_id))
}

/** What was cut waits in dead letters, where an operator sees it and may replay it. */
async function buryLoop(
  trx: Transaction<Schema>,
  event: IdentifiedEvent,
  installations: readonly StoredInstallation[],
): Promise<void> {
  if (installations.length === 0) return
  await trx
    .insertInto('dead_letters')
    .values(
      installations.map(({ id, plugin_id, organization_id }) => ({
        id: uuidv7(),
        organization_id,
        installation_id: id,
        plugin_id,
        event_id: event.event_id,
        event: event.name,
        handlers: JSON.stringify([]),
        error: `Loop cut: the event was caused by a chain of ${MAX_CAUSATION_DEPTH} events that plugins caused`,
        attempts: 0,
        replayed_at: null,
      })),
    )
    .execute()
}
