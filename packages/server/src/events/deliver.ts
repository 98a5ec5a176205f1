import { errorMessage } from '@ops-center/plugin-sdk'
import { type DeliveryResult, eventsResponseSchema } from '@ops-center/plugin-sdk/protocol'
import type { Database } from '../database/client.js'
import { deliveryQueue, spanAttributes } from '../host/installations/installation.js'
import type { LaunchedPlugin } from '../host/running/launch-plugin.js'
import { PluginCallError, PluginUnreachableError } from '../host/running/plugin-connection.js'
import type { PluginRunner } from '../host/running/plugin-runner.js'
import { BatchPace } from '../jobs/batch-pace.js'
import type { Job, Jobs, QueueWorker } from '../jobs/jobs.js'
import { withSpan } from '../tracing/with-span.js'
import { deliveryBatch } from './delivery-batch.js'
import { type DeliveryOutcome, recordOutcomes } from './delivery-outcome.js'
import { deliveryOutcomes } from './delivery-outcomes.js'
import { callTimeout, handlerTimeouts, togetherInTime } from './hook-times.js'
import {
  DELIVERY_FORM,
  type DeliveryData,
  entriesOf,
  type QueuedDelivery,
  readDeliveries,
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
    newestForm: DELIVERY_FORM,
    count: () => Math.ceil(TAKEN_EVENTS / eventsPerJob),
    async handle(taken, signal) {
      const entries = taken.flatMap(entriesOf)
      eventsPerJob = Math.max(1, entries.length / taken.length)
      const { database, recent, runner } = options
      const source = { database, recent, organization_id: runner.installation.organization_id }
      const known = new Set<string>()
      for (let at = 0; at < entries.length && !signal.aborted; ) {
        const { deliveries, read } = await readDeliveries(source, entries.slice(at, at + TAKEN_EVENTS))
        for (const { job_id, group } of deliveries) known.add(group?.job.id ?? job_id)
        for (let next = 0; next < deliveries.length && !signal.aborted; ) {
          const batch = deliveryBatch(deliveries, next, pace.size)
          const started = performance.now()
          await deliver(options, batch, signal)
          pace.took(performance.now() - started)
          next += batch.length
        }
        at += read
      }
      if (!signal.aborted) await removeForgotten(options, queue, taken, known)
    },
  })
}

/** Events are forgotten after a while; so are the jobs that tell of them. */
async function removeForgotten(
  { database, jobs }: DeliverOptions,
  queue: string,
  taken: readonly Job<DeliveryData | null>[],
  known: ReadonlySet<string>,
): Promise<void> {
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
  const { hooks } = runner.installation.registrations
  const together = togetherInTime(hooks, deliveries.map(askedOf), launched.timeout)
  if (together < deliveries.length) {
    await deliver(options, deliveries.slice(0, together), signal)
    return signal.aborted ? undefined : deliver(options, deliveries.slice(together), signal)
  }
  const started = performance.now()
  try {
    const results = await send(launched, runner, deliveries)
    const each = (performance.now() - started) / deliveries.length
    await record(options, deliveryOutcomes(runner.installation.version, deliveries, results, each))
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

function askedOf({ event: { name }, handlers }: QueuedDelivery) {
  return { name, handlers }
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
