import { errorMessage } from '@ops-center/plugin-sdk'
import { type DeliveryResult, eventsResponseSchema } from '@ops-center/plugin-sdk/protocol'
import type { Database } from '../database/client.js'
import { deliveryQueue, spanAttributes } from '../host/installation.js'
import type { LaunchedPlugin } from '../host/launch-plugin.js'
import { PluginCallError, PluginUnreachableError } from '../host/plugin-connection.js'
import type { PluginRunner } from '../host/plugin-runner.js'
import { BatchPace } from '../jobs/batch-pace.js'
import type { Job, Jobs, QueueWorker } from '../jobs/jobs.js'
import { withSpan } from '../tracing/with-span.js'
import { type DeliveryOutcome, recordOutcomes } from './delivery-outcome.js'
import { callTimeout, handlerTimeouts } from './hook-times.js'
import {
  ALL_HANDLERS,
  type DeliveryData,
  type QueuedDelivery,
  readDeliveries,
  sizeOf,
} from './queued-deliveries.js'
import type { RecentEvents } from './recent-events.js'

/** Most events in one call. */
const MAX_BATCH = 300
/** Events to take from the queue at once, roughly: how many a job stands for shows when it is there. */
const TAKEN_EVENTS = 600

export interface DeliverOptions {
  database: Database
  jobs: Jobs
  recent: RecentEvents
  runner: PluginRunner
}

/** Takes the events of one installation from its queue and hands them to its process, in order. */
export function startDelivering(options: DeliverOptions): QueueWorker {
  const queue = deliveryQueue(options.runner.installation.id)
  const pace = new BatchPace(MAX_BATCH)
  let eventsPerJob = 1
  return options.jobs.drain<DeliveryData | null>(queue, {
    count: () => Math.ceil(TAKEN_EVENTS / eventsPerJob),
    async handle(taken, signal) {
      const events = taken.reduce((sum, job) => sum + sizeOf(job), 0)
      eventsPerJob = Math.max(1, events / taken.length)
      const deliveries = await readDeliveries(options.database, options.recent, taken)
      await removeForgotten(options, queue, taken, deliveries)
      for (let next = 0; next < deliveries.length && !signal.aborted; ) {
        const batch = deliveries.slice(next, next + pace.size)
        const started = performance.now()
        await deliver(options, batch, signal)
        pace.took(performance.now() - started)
        next += batch.length
      }
    },
  })
}

/** Events are forgotten after a while; so are the jobs that tell of them. */
async function removeForgotten(
  { database, jobs }: DeliverOptions,
  queue: string,
  taken: readonly Job<DeliveryData | null>[],
  deliveries: readonly QueuedDelivery[],
): Promise<void> {
  const known = new Set(deliveries.map(({ job_id, group }) => group?.job.id ?? job_id))
  const forgotten = taken.filter(({ id }) => !known.has(id)).map(({ id }) => id)
  if (forgotten.length > 0) await jobs.removal(queue, forgotten).execute(database.kysely)
}

/**
 * Delivers a batch. When the process dies under it, its events go again one by one: the one that kills the plugin
 * is found that way, and only its attempts are counted.
 */
async function deliver(
  options: DeliverOptions,
  deliveries: readonly QueuedDelivery[],
  signal: AbortSignal,
): Promise<void> {
  const { runner } = options
  const launched = await runner.whenRunning(signal)
  const started = performance.now()
  try {
    const results = await send(launched, runner, deliveries)
    const each = (performance.now() - started) / deliveries.length
    await record(options, outcomesOf(deliveries, results, each))
  } catch (error) {
    if (!(error instanceof PluginUnreachableError || error instanceof PluginCallError)) throw error
    // What the host itself cut off is no failure, and is still in the queue.
    if (signal.aborted) return
    if (error instanceof PluginUnreachableError && runner.hasReplaced(launched))
      return deliver(options, deliveries, signal)
    if (error instanceof PluginUnreachableError && error.isLate) await runner.suspect(launched)
    if (deliveries.length === 1) {
      const duration = performance.now() - started
      await record(
        options,
        deliveries.map((delivery) => failedOutcome(runner, delivery, error, duration)),
      )
      return
    }
    for (const delivery of deliveries) await deliver(options, [delivery], signal)
  }
}

async function record(
  { database, jobs, runner }: DeliverOptions,
  outcomes: readonly DeliveryOutcome[],
): Promise<void> {
  const stopping = await recordOutcomes(
    database,
    jobs,
    runner.installation,
    outcomes,
    (status, { duration_ms }) => runner.metrics.delivered(status, duration_ms),
  )
  if (stopping !== undefined) await runner.giveUp(stopping)
}

async function send(
  launched: LaunchedPlugin,
  runner: PluginRunner,
  deliveries: readonly QueuedDelivery[],
): Promise<DeliveryResult[]> {
  const { hooks } = runner.installation.registrations
  const timeouts = handlerTimeouts(hooks)
  const events = deliveries.map(({ event, handlers }) => (handlers ? { ...event, handlers } : event))
  const { results } = await withSpan(
    'plugin.deliver',
    {
      kind: 'consumer',
      causes: events.map(({ trace }) => trace),
      attributes: { ...spanAttributes(runner.installation), 'messaging.batch.message_count': events.length },
    },
    () =>
      launched.connection.call({
        path: '/_ops/events',
        json: { events, timeout: launched.timeout, ...(timeouts ? { timeouts } : {}) },
        timeout: callTimeout(hooks, events, launched.timeout),
        response: eventsResponseSchema,
      }),
  )
  return results
}

function outcomesOf(
  deliveries: readonly QueuedDelivery[],
  results: readonly DeliveryResult[],
  duration_ms: number,
): DeliveryOutcome[] {
  return deliveries.map((delivery, index) => {
    const { event_id } = delivery.event
    // An event that is replayed may be in a batch twice, and the answer keeps the order.
    const inOrder = results[index]
    const result =
      inOrder?.event_id === event_id ? inOrder : results.find((other) => other.event_id === event_id)
    const failures = result?.failures ?? [
      { handler: ALL_HANDLERS, error: 'The plugin did not say what became of this event' },
    ]
    return { delivery, handlers: result?.handlers ?? [], failures, duration_ms }
  })
}

function failedOutcome(
  runner: PluginRunner,
  delivery: QueuedDelivery,
  error: unknown,
  duration_ms: number,
): DeliveryOutcome {
  const handlers = delivery.handlers ?? runner.hooksFor(delivery.event.name)
  const failures = handlers.map((handler) => ({ handler, error: errorMessage(error) }))
  return { delivery, handlers, failures, duration_ms }
}
