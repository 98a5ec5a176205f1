import type { Job } from '../jobs/jobs.js'
import type { EventEnvelope } from './event-envelope.js'
import { type EventSource, readEvents } from './read-events.js'

/** Named in place of a handler when the event failed as a whole: the plugin did not say which handlers it reached. */
export const ALL_HANDLERS = '*'

/** The newest form of {@link DeliveryData}: see `jobs/job-form.ts`. */
export const DELIVERY_FORM = 2

/**
 * What a job of a delivery queue carries: nothing at first, then what is left to do. Form 1 is for one event, form 2 has
 * `events`. (Before forms had numbers, jobs with `events` were written without one.)
 */
export interface DeliveryData {
  form?: number
  /** The event, where the job has an id of its own because it is a replay. */
  event_id?: string
  /** Events that were published together, in their order: one job for all of them. */
  events?: string[]
  attempt?: number
  handlers?: string[]
}

/** What a job for several events carries. */
export function groupData(events: readonly string[]): Record<string, unknown> {
  return { form: DELIVERY_FORM, events }
}

/** A job that stands for several deliveries. */
export interface DeliveryGroup {
  id: string
  events: readonly string[]
}

/** One event for one installation, as its queue has it. */
export interface QueuedDelivery {
  event: EventEnvelope
  /** Of its payload, roughly, in characters. */
  size: number
  /** The job that repeats it, should it fail: the event's id, but for one that is delivered once more. */
  job_id: string
  attempt: number
  handlers?: string[]
  /** The job that holds it together with others, and its place there. */
  group?: { job: DeliveryGroup; place: number }
}

/** One delivery that a job stands for, before its event is read. */
export interface DeliveryEntry extends Omit<QueuedDelivery, 'event' | 'size'> {
  event_id: string
}

/** The deliveries that a job stands for, in their order. */
export function entriesOf({ id, data }: Job<DeliveryData | null>): DeliveryEntry[] {
  if (data?.events) {
    const job = { id, events: data.events }
    return job.events.map((event_id, place) => ({
      event_id,
      job_id: event_id,
      attempt: 1,
      group: { job, place },
    }))
  }
  const { event_id = id, attempt = 1, handlers } = data ?? {}
  return [{ event_id, job_id: id, attempt, ...(handlers ? { handlers } : {}) }]
}

/**
 * As many of the first deliveries as fit into memory, at least one, in order and without those whose event is forgotten.
 *
 * @returns Also how many entries that took.
 */
export async function readDeliveries(
  source: EventSource,
  entries: readonly DeliveryEntry[],
): Promise<{ deliveries: QueuedDelivery[]; read: number }> {
  const events = await readEvents(
    source,
    entries.map(({ event_id }) => event_id),
  )
  const deliveries: QueuedDelivery[] = []
  for (const [index, { event_id, ...entry }] of entries.entries()) {
    const found = events.get(event_id)
    if (found === 'left') return { deliveries, read: index }
    if (found) deliveries.push({ ...entry, ...found })
  }
  return { deliveries, read: entries.length }
}
