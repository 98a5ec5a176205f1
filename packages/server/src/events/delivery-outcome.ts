import type { HandlerFailure } from '@ops-center/plugin-sdk/protocol'
import { type Kysely, sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'
import { deliveryQueue, type Installation } from '../host/installations/installation.js'
import { storable } from '../http/storable.js'
import type { Jobs } from '../jobs/jobs.js'
import { ALL_HANDLERS, groupData, type QueuedDelivery } from './queued-deliveries.js'
import { decideRetry, type RetryDecision } from './retry-policy.js'
import { settledJobs } from './settled-jobs.js'

/** One event as it went to one installation. */
export interface DeliveryOutcome {
  delivery: QueuedDelivery
  handlers: string[]
  failures: HandlerFailure[]
  /** Those of the failed that no repetition can reach, because the plugin has them no more. */
  gone?: readonly string[]
  duration_ms: number
}

interface Decided {
  outcome: DeliveryOutcome
  retry: RetryDecision
}

/**
 * Records what became of deliveries, queues what is to be repeated and buries what is not, all in the transaction
 * that takes the jobs from the queue.
 *
 * @param observe Called with each status once it is recorded.
 * @returns Why the plugin shall stop, when a hook that failed for good asks for that.
 */
export async function recordOutcomes(
  { kysely }: Database,
  jobs: Jobs,
  installation: Installation,
  outcomes: readonly DeliveryOutcome[],
  observe: (status: string, outcome: DeliveryOutcome) => void,
): Promise<string | undefined> {
  if (outcomes.length === 0) return undefined
  const decided = outcomes.map((outcome) => ({
    outcome,
    retry: decide(installation, outcome),
  }))
  // What is delivered and nothing more takes one statement, which is a transaction by itself.
  if (decided.every(({ outcome }) => outcome.failures.length === 0)) {
    await insertDeliveries(kysely, jobs, installation, decided)
    for (const { outcome, retry } of decided) observe(statusOf(retry), outcome)
    return undefined
  }
  await kysely.transaction().execute(async (trx) => {
    await insertDeliveries(trx, jobs, installation, decided)
    await repeat(trx, jobs, deliveryQueue(installation.id), decided)
    await bury(trx, installation, decided)
  })
  for (const { outcome, retry } of decided) observe(statusOf(retry), outcome)
  const stopped = decided.find(({ retry }) => retry.stopping.length > 0)
  return stopped && reasonToStop(stopped.outcome, stopped.retry.stopping)
}

function decide({ registrations }: Installation, outcome: DeliveryOutcome): RetryDecision {
  const { delivery, failures, gone = [] } = outcome
  const failed = failures.map(({ handler }) => handler).filter((handler) => !gone.includes(handler))
  const retry = decideRetry(registrations.hooks, failed, delivery.attempt)
  return { ...retry, dead: [...retry.dead, ...gone] }
}

async function insertDeliveries(
  db: Kysely<Schema>,
  jobs: Jobs,
  installation: Installation,
  decided: readonly Decided[],
): Promise<void> {
  const queue = deliveryQueue(installation.id)
  const { done, rest } = settledJobs(decided.map(({ outcome }) => outcome.delivery))
  const rewritten = rest
    ? sql`, rewritten as (${jobs.rewriting(queue, rest.id, groupData(rest.events))})`
    : sql``
  const outcomes = decided.map(({ outcome }) => outcome)
  await sql`
    with removed as (${jobs.removal(queue, done)}) ${rewritten}
    insert into deliveries
      (organization_id, installation_id, event_id, event, attempt, status, handlers, failures, duration_ms)
    select installations.organization_id, installations.id, done.*
    from installations, unnest(
      ${outcomes.map(({ delivery }) => delivery.event.event_id)}::uuid[],
      ${outcomes.map(({ delivery }) => delivery.event.name)}::text[],
      ${outcomes.map(({ delivery }) => delivery.attempt)}::int[],
      ${decided.map(({ retry }) => statusOf(retry))}::text[],
      ${outcomes.map(({ handlers }) => JSON.stringify(handlers))}::json[],
      ${outcomes.map(({ failures }) => JSON.stringify(failures.map(({ handler, error }) => ({ handler, error }))))}::json[],
      ${outcomes.map(({ duration_ms }) => duration_ms)}::float8[]
    ) as done
    where installations.id = ${installation.id}
  `.execute(db)
}

async function repeat(
  trx: Transaction<Schema>,
  jobs: Jobs,
  queue: string,
  decided: readonly Decided[],
): Promise<void> {
  await jobs.insert(
    trx,
    decided
      .filter(({ retry }) => retry.again.length > 0)
      .map(({ outcome, retry }) => ({
        queue,
        id: outcome.delivery.job_id,
        runAt: retry.runAt,
        data: nextData(outcome.delivery, retry.again),
      })),
  )
}

async function bury(
  trx: Transaction<Schema>,
  { id: installation_id, organization_id, plugin_id }: Installation,
  decided: readonly Decided[],
): Promise<void> {
  const dead = decided.filter(({ retry }) => retry.dead.length > 0)
  if (dead.length === 0) return
  await trx
    .insertInto('dead_letters')
    .values(
      dead.map(({ outcome: { delivery, failures }, retry }) => ({
        id: uuidv7(),
        organization_id,
        installation_id,
        plugin_id,
        event_id: delivery.event.event_id,
        event: delivery.event.name,
        handlers: JSON.stringify(retry.dead),
        error: storable(failures.map(({ handler, error }) => `${handler}: ${error}`).join('\n')),
        attempts: delivery.attempt,
        replayed_at: null,
      })),
    )
    .execute()
}

function nextData({ attempt, job_id, event }: QueuedDelivery, again: string[]): Record<string, unknown> {
  return {
    attempt: attempt + 1,
    ...(again.includes(ALL_HANDLERS) ? {} : { handlers: again }),
    ...(job_id === event.event_id ? {} : { event_id: event.event_id }),
  }
}

function reasonToStop({ delivery, failures }: DeliveryOutcome, handlers: readonly string[]): string {
  const { name, event_id } = delivery.event
  const failure = failures.find(({ handler }) => handlers.includes(handler))
  const why = `Handler "${failure?.handler}" failed for good on ${name} (${event_id}): ${failure?.error}`
  return `${why}. Its on_error is "stop": further events wait until the plugin is enabled again`
}

function statusOf({ again, dead, ignored }: RetryDecision) {
  if (again.length > 0) return 'retrying'
  if (dead.length > 0) return 'dead'
  return ignored.length > 0 ? 'ignored' : 'delivered'
}
