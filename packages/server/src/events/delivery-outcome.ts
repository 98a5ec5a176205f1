import type { HandlerFailure } from '@ops-center/plugin-sdk/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/client.js'
import { deliveryQueue, type Installation } from '../host/installation.js'
import type { Jobs } from '../jobs/jobs.js'
import { decideRetry } from './retry-policy.js'

/** What a job of a delivery queue carries: nothing at first, then what is left to do. */
export interface DeliveryData {
  attempt?: number
  handlers?: string[]
}

/** One event as it went to one installation. */
export interface DeliveryOutcome {
  event_id: string
  event: string
  attempt: number
  handlers: string[]
  failures: HandlerFailure[]
  duration_ms: number
}

/**
 * Records what became of deliveries, queues what is to be repeated and buries what is not, all in the transaction
 * that takes the jobs from the queue.
 */
export async function recordOutcomes(
  { kysely }: Database,
  jobs: Jobs,
  installation: Installation,
  outcomes: readonly DeliveryOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return
  const decided = outcomes.map((outcome) => ({
    outcome,
    retry: decideRetry(
      installation.registrations.hooks,
      outcome.failures.map(({ handler }) => handler),
      outcome.attempt,
    ),
  }))
  const { id: installation_id, organization_id, plugin_id } = installation
  const queue = deliveryQueue(installation_id)
  await kysely.transaction().execute(async (trx) => {
    await jobs.remove(
      trx,
      queue,
      outcomes.map(({ event_id }) => event_id),
    )
    await jobs.insert(
      trx,
      decided.flatMap(({ outcome, retry }) =>
        retry.again.length === 0
          ? []
          : [
              {
                queue,
                id: outcome.event_id,
                runAt: retry.runAt,
                data: { attempt: outcome.attempt + 1, handlers: retry.again },
              },
            ],
      ),
    )
    await trx
      .insertInto('deliveries')
      .values(
        decided.map(({ outcome, retry }) => ({
          organization_id,
          installation_id,
          event_id: outcome.event_id,
          event: outcome.event,
          attempt: outcome.attempt,
          status: statusOf(retry),
          handlers: JSON.stringify(outcome.handlers),
          failures: JSON.stringify(outcome.failures.map(({ handler, error }) => ({ handler, error }))),
          duration_ms: outcome.duration_ms,
        })),
      )
      .execute()
    const dead = decided.filter(({ retry }) => retry.dead.length > 0)
    if (dead.length === 0) return
    await trx
      .insertInto('dead_letters')
      .values(
        dead.map(({ outcome, retry }) => ({
          id: uuidv7(),
          organization_id,
          installation_id,
          plugin_id,
          event_id: outcome.event_id,
          event: outcome.event,
          handlers: JSON.stringify(retry.dead),
          error: outcome.failures.map(({ handler, error }) => `${handler}: ${error}`).join('\n'),
          attempts: outcome.attempt,
          replayed_at: null,
        })),
      )
      .execute()
  })
}

function statusOf({ again, dead }: { again: string[]; dead: string[] }) {
  if (again.length > 0) return 'retrying'
  return dead.length > 0 ? 'dead' : 'delivered'
}
