import { errorMessage } from '@ops-center/plugin-sdk'
import { type Delivery, type DeliveryResult, eventsResponseSchema } from '@ops-center/plugin-sdk/protocol'
import type { Database } from '../database/client.js'
import { deliveryQueue } from '../host/installation.js'
import type { LaunchedPlugin } from '../host/launch-plugin.js'
import { PluginCallError, PluginUnreachableError } from '../host/plugin-connection.js'
import type { PluginRunner } from '../host/plugin-runner.js'
import type { Job, Jobs, QueueWorker } from '../jobs/jobs.js'
import { type DeliveryData, type DeliveryOutcome, recordOutcomes } from './delivery-outcome.js'

const MAX_BATCH = 200
/** Milliseconds the host waits beyond what the handlers of a batch may take. */
const MARGIN_MS = 5_000
/** A batch never waits longer than this for an answer; well below the time after which its jobs expire. */
const MAX_CALL_MS = 240_000

/** Takes the events of one installation from its queue and hands them to its process, in order. */
export function startDelivering(database: Database, jobs: Jobs, runner: PluginRunner): QueueWorker {
  return jobs.work<DeliveryData>(deliveryQueue(runner.installation.id), {
    maxBatch: MAX_BATCH,
    handle: (batch, signal) => handleBatch(database, jobs, runner, batch, signal),
  })
}

async function handleBatch(
  database: Database,
  jobs: Jobs,
  runner: PluginRunner,
  batch: readonly Job<DeliveryData | null>[],
  signal: AbortSignal,
): Promise<void> {
  const queue = deliveryQueue(runner.installation.id)
  const ids = batch.map(({ id }) => id)
  try {
    const deliveries = await readDeliveries(database, batch)
    const found = new Set(deliveries.map(({ event_id }) => event_id))
    // Events are forgotten after a while; so are the jobs that tell of them.
    const forgotten = ids.filter((id) => !found.has(id))
    if (forgotten.length > 0)
      await database.kysely.transaction().execute((trx) => jobs.remove(trx, queue, forgotten))
    await deliver(database, jobs, runner, deliveries, signal)
  } catch (error) {
    // What was not delivered is taken up again by whoever works next.
    await jobs.release(queue, ids)
    if (!signal.aborted) throw error
  }
}

interface QueuedDelivery extends Delivery {
  attempt: number
}

/**
 * Delivers a batch. When the process dies under it, its events go again one by one: the one that kills the plugin
 * is found that way, and only its attempts are counted.
 */
async function deliver(
  database: Database,
  jobs: Jobs,
  runner: PluginRunner,
  deliveries: readonly QueuedDelivery[],
  signal: AbortSignal,
): Promise<void> {
  if (deliveries.length === 0) return
  const launched = await runner.whenRunning(signal)
  const started = performance.now()
  try {
    const results = await send(launched, deliveries)
    const each = (performance.now() - started) / deliveries.length
    await recordOutcomes(database, jobs, runner.installation, outcomesOf(deliveries, results, each))
  } catch (error) {
    if (!(error instanceof PluginUnreachableError || error instanceof PluginCallError)) throw error
    if (error instanceof PluginUnreachableError && error.isLate) await runner.suspect(launched)
    if (deliveries.length === 1) {
      const failed = deliveries.map((delivery) =>
        failedOutcome(runner, delivery, error, performance.now() - started),
      )
      await recordOutcomes(database, jobs, runner.installation, failed)
      return
    }
    for (const delivery of deliveries) await deliver(database, jobs, runner, [delivery], signal)
  }
}

async function send(
  launched: LaunchedPlugin,
  deliveries: readonly QueuedDelivery[],
): Promise<DeliveryResult[]> {
  const { results } = await launched.process.connection.call({
    path: '/_ops/events',
    json: { events: deliveries, timeout: launched.timeout },
    timeout: Math.min(MAX_CALL_MS, launched.timeout * deliveries.length + MARGIN_MS),
    response: eventsResponseSchema,
  })
  return results
}

function outcomesOf(
  deliveries: readonly QueuedDelivery[],
  results: readonly DeliveryResult[],
  duration_ms: number,
): DeliveryOutcome[] {
  const byEvent = new Map(results.map((result) => [result.event_id, result]))
  return deliveries.map(({ event_id, name, attempt }) => {
    const result = byEvent.get(event_id)
    const failures = result?.failures ?? [
      { handler: '*', error: 'The plugin did not say what became of this event' },
    ]
    return { event_id, event: name, attempt, handlers: result?.handlers ?? [], failures, duration_ms }
  })
}

function failedOutcome(
  runner: PluginRunner,
  delivery: QueuedDelivery,
  error: unknown,
  duration_ms: number,
): DeliveryOutcome {
  const handlers = delivery.handlers ?? runner.hooksFor(delivery.name)
  return {
    event_id: delivery.event_id,
    event: delivery.name,
    attempt: delivery.attempt,
    handlers,
    failures: handlers.map((handler) => ({ handler, error: errorMessage(error) })),
    duration_ms,
  }
}

async function readDeliveries(
  { kysely }: Database,
  batch: readonly Job<DeliveryData | null>[],
): Promise<QueuedDelivery[]> {
  const rows = await kysely
    .selectFrom('events')
    .selectAll()
    .where(
      'event_id',
      'in',
      batch.map(({ id }) => id),
    )
    .execute()
  const events = new Map(rows.map((row) => [row.event_id, row]))
  return batch.flatMap(({ id, data }): QueuedDelivery[] => {
    const event = events.get(id)
    if (!event) return []
    const { occurred_at, ...rest } = event
    return [
      {
        ...rest,
        occurred_at: occurred_at.toISOString(),
        attempt: data?.attempt ?? 1,
        ...(data?.handlers ? { handlers: data.handlers } : {}),
      },
    ]
  })
}
