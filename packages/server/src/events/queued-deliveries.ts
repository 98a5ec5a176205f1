import type { Database } from '../database/client.js'
import type { Job } from '../jobs/jobs.js'
import type { EventEnvelope } from './event-envelope.js'
import type { RecentEvents } from './recent-events.js'

/** Named in place of a handler when the event failed as a whole: the plugin did not say which handlers it reached. */
export const ALL_HANDLERS = '*'

/** What a job of a delivery queue carries: nothing at first, then what is left to do. */
export interface DeliveryData {
  /** The event, where the job has an id of its own because it is a replay. */
  event_id?: string
  /** Events that were published together, in their order: one job for all of them. */
  events?: string[]
  attempt?: number
  handlers?: string[]
}

/** A job that stands for several deliveries. */
export interface DeliveryGroup {
  id: string
  events: readonly string[]
}

/** One event for one installation, as its queue has it. */
export interface QueuedDelivery {
  event: EventEnvelope
  /** The job that repeats it, should it fail: the event's id, but for one that is delivered once more. */
  job_id: string
  attempt: number
  handlers?: string[]
  /** The job that holds it together with others, and its place there. */
  group?: { job: DeliveryGroup; place: number }
}

/** How many deliveries a job stands for. */
export function sizeOf({ data }: Job<DeliveryData | null>): number {
  return data?.events?.length ?? 1
}

/** The deliveries of some jobs, in order, without those whose event is forgotten. */
export async function readDeliveries(
  database: Database,
  recent: RecentEvents,
  jobs: readonly Job<DeliveryData | null>[],
): Promise<QueuedDelivery[]> {
  const events = await readEvents(database, recent, jobs.flatMap(eventsOf))
  return jobs.flatMap(({ id, data }): QueuedDelivery[] => {
    if (data?.events) return groupOf(id, data.events, events)
    const event = events.get(data?.event_id ?? id)
    const { attempt = 1, handlers } = data ?? {}
    return event ? [{ event, job_id: id, attempt, ...(handlers ? { handlers } : {}) }] : []
  })
}

function eventsOf({ id, data }: Job<DeliveryData | null>): string[] {
  return data?.events ?? [data?.event_id ?? id]
}

function groupOf(
  id: string,
  eventIds: readonly string[],
  events: ReadonlyMap<string, EventEnvelope>,
): QueuedDelivery[] {
  const known = eventIds.flatMap((eventId) => events.get(eventId) ?? [])
  const job = { id, events: known.map(({ event_id }) => event_id) }
  return known.map((event, place) => ({
    event,
    job_id: event.event_id,
    attempt: 1,
    group: { job, place },
  }))
}

async function readEvents(
  { kysely }: Database,
  recent: RecentEvents,
  ids: readonly string[],
): Promise<Map<string, EventEnvelope>> {
  const events = new Map<string, EventEnvelope>()
  const missing: string[] = []
  for (const id of ids) {
    const event = recent.get(id)
    if (event) events.set(id, event)
    else missing.push(id)
  }
  if (missing.length === 0) return events
  const rows = await kysely
    .selectFrom('events')
    .select(['event_id', 'organization_id', 'name', 'payload', 'caused_by', 'occurred_at', 'trace'])
    .where('event_id', 'in', missing)
    .execute()
  for (const { occurred_at, ...row } of rows)
    events.set(row.event_id, { ...row, occurred_at: occurred_at.toISOString() })
  return events
}
