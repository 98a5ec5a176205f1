import { sql, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Schema } from '../database/schema.js'
import { deliveryQueue, type StoredInstallation } from '../host/installations/installation.js'
import type { Jobs, NewJob } from '../jobs/jobs.js'
import { currentTraceparent } from '../tracing/current-trace.js'
import { eventKey } from './event-key.js'
import type { EventPublisher, NewEvent } from './event-publisher.js'
import { groupData } from './queued-deliveries.js'
import type { RecentEvents } from './recent-events.js'

/** A chain of plugins causing each other's events is cut after this many links. */
export const MAX_CAUSATION_DEPTH = 8

/** Deliveries that one job stands for at most. */
const MAX_GROUP = 100

export type IdentifiedEvent = NewEvent & { event_id: string }

/** Jobs of hearers that are no plugins, made in the same transaction. */
export type FurtherJobs = (
  trx: Transaction<Schema>,
  events: readonly IdentifiedEvent[],
) => Promise<readonly NewJob[]>

export interface PublisherOptions {
  jobs: Jobs
  logger: Logger
  recent: RecentEvents
  /** The installations that an event reaches. */
  hearers: (organizationId: string, event: string) => StoredInstallation[]
  furtherJobs?: FurtherJobs | undefined
}

/** Events, and a job for each installation that hears some of them, in the transaction of whoever changed the row. */
export function createEventPublisher(options: PublisherOptions): EventPublisher {
  const { jobs, logger, recent, hearers, furtherJobs } = options
  return {
    async publish(trx, given) {
      const events = await insertEvents(trx, recent, (Array.isArray(given) ? given : [given]).map(identified))
      const further = (await furtherJobs?.(trx, events)) ?? []
      const heard = new Map<string, string[]>()
      for (const event of events) {
        const installations = hearers(event.organization_id, event.name).filter(
          ({ plugin_id }) => plugin_id !== event.except_plugin,
        )
        if ((event.caused_by?.depth ?? 0) < MAX_CAUSATION_DEPTH) {
          for (const { id } of installations) {
            const eventIds = heard.get(id)
            if (eventIds) eventIds.push(event.event_id)
            else heard.set(id, [event.event_id])
          }
          continue
        }
        logger.warn(
          { event: event.name, event_id: event.event_id, caused_by: event.caused_by },
          'A loop of plugins causing each other was cut: the event is kept, and delivered to nobody',
        )
        await buryLoop(trx, event, installations)
      }
      const deliveries = [...heard].flatMap(([id, eventIds]) => deliveryJobs(deliveryQueue(id), eventIds))
      await jobs.insert(trx, [...further, ...deliveries])
    },
  }
}

function identified(event: NewEvent): IdentifiedEvent {
  // The database answers in lower case, and what is asked for is compared with that.
  return { ...event, event_id: event.event_id?.toLowerCase() ?? uuidv7() }
}

/** Events that are published together share a job: that one is written, taken and removed instead of so many. */
function deliveryJobs(queue: string, eventIds: readonly string[]): NewJob[] {
  const [id] = eventIds
  if (id !== undefined && eventIds.length === 1) return [{ queue, id }]
  const jobs: NewJob[] = []
  for (let from = 0; from < eventIds.length; from += MAX_GROUP)
    jobs.push({ queue, id: uuidv7(), data: groupData(eventIds.slice(from, from + MAX_GROUP)) })
  return jobs
}

/** The events that were not known yet: one that a plugin tells twice, because no answer came, is one event. */
async function insertEvents(
  trx: Transaction<Schema>,
  recent: RecentEvents,
  events: readonly IdentifiedEvent[],
): Promise<readonly IdentifiedEvent[]> {
  if (events.length === 0) return []
  const occurred_at = new Date()
  const trace = currentTraceparent() ?? null
  const payloads = events.map(({ payload }) => JSON.stringify(payload))
  const { rows } = await sql<{ event_id: string; organization_id: string }>`
    insert into events (event_id, organization_id, name, payload, caused_by, published_by, occurred_at, trace)
    select given.*, ${occurred_at}::timestamptz, ${trace}::text from unnest(
      ${events.map(({ event_id }) => event_id)}::uuid[],
      ${events.map(({ organization_id }) => organization_id)}::text[],
      ${events.map(({ name }) => name)}::text[],
      ${payloads}::json[],
      ${events.map(({ caused_by }) => JSON.stringify(caused_by ?? null))}::json[],
      ${events.map(({ except_plugin }) => except_plugin ?? null)}::text[]
    ) as given
    on conflict (event_id, organization_id) do nothing
    returning event_id, organization_id
  `.execute(trx)
  const added = new Set(rows.map(eventKey))
  const inserted: IdentifiedEvent[] = []
  for (const [index, event] of events.entries()) {
    // Each once, should the same id be given twice.
    if (!added.delete(eventKey(event))) continue
    inserted.push(event)
    const { event_id, organization_id, name, payload, caused_by = null } = event
    const envelope = {
      event_id,
      organization_id,
      name,
      payload,
      caused_by,
      occurred_at: occurred_at.toISOString(),
      ...(trace === null ? {} : { trace }),
    }
    recent.add(envelope, payloads[index]?.length ?? 0)
  }
  return inserted
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
