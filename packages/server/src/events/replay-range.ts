import { matchesEventPattern, permissionToHear } from '@ops-center/plugin-sdk/protocol'
import { type ExpressionBuilder, type SqlBool, sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Schema } from '../database/schema.js'
import { deliveryQueue, type StoredInstallation } from '../host/installations/installation.js'
import type { Jobs, NewJob } from '../jobs/jobs.js'
import { MAX_CAUSATION_DEPTH } from './create-event-publisher.js'
import { ALL_HANDLERS } from './queued-deliveries.js'

/** Most events that one call looks at; the next goes on where it ended. */
export const REPLAY_PAGE = 5_000

export interface ReplayRequest {
  since: Date
  until: Date
  /** Event names and patterns; default: whatever the plugin hears. */
  events?: readonly string[] | undefined
  /** What the call before answered as `next_cursor`. */
  cursor?: ReplayCursor | undefined
}

/** The event after which a replay goes on. */
export interface ReplayCursor {
  occurred_at: string
  event_id: string
}

export interface ReplayResult {
  count: number
  next: ReplayCursor | null
}

type Hearer = Pick<
  StoredInstallation,
  'id' | 'organization_id' | 'plugin_id' | 'permissions' | 'registrations'
>

/**
 * Queues the stored events of a time range for one installation once more, in their order and under the ids they have,
 * all within the caller's transaction. What the plugin may not read, told itself or would hear in a loop stays out.
 */
export async function replayRange(
  trx: Transaction<Schema>,
  jobs: Jobs,
  installation: Hearer,
  request: ReplayRequest,
): Promise<ReplayResult> {
  const rows = await trx
    .selectFrom('events')
    .select(['event_id', 'name', 'occurred_at'])
    .where('organization_id', '=', installation.organization_id)
    .where('occurred_at', '>=', request.since)
    .where('occurred_at', '<', request.until)
    .where(isAfter(request.cursor))
    .where(matchesAny(installation.registrations.hooks.map(({ event }) => event)))
    .where(matchesAny(request.events))
    .where('published_by', 'is distinct from', installation.plugin_id)
    .where(sql<SqlBool>`coalesce((caused_by->>'depth')::int, 0) < ${MAX_CAUSATION_DEPTH}`)
    .orderBy('occurred_at')
    .orderBy('event_id')
    .limit(REPLAY_PAGE)
    .execute()
  const again = rows
    .filter(({ name }) => mayHear(installation, name))
    .map(({ event_id }) => replayJob(installation.id, event_id))
  await jobs.insert(trx, again)
  const last = rows.at(-1)
  const next = last && rows.length === REPLAY_PAGE ? last : undefined
  return {
    count: again.length,
    next: next ? { occurred_at: next.occurred_at.toISOString(), event_id: next.event_id } : null,
  }
}

/** A delivery beside any that is queued for the same event already: its job has an id of its own. */
export function replayJob(installationId: string, event_id: string, handlers: string[] = []): NewJob {
  const isForAll = handlers.length === 0 || handlers.includes(ALL_HANDLERS)
  const data = { event_id, ...(isForAll ? {} : { handlers }) }
  return { queue: deliveryQueue(installationId), id: uuidv7(), data }
}

/** Whether any hook of a plugin hears an event. */
export function hears({ registrations }: Pick<Hearer, 'registrations'>, event: string): boolean {
  return registrations.hooks.some((hook) => matchesEventPattern(hook.event, event))
}

function mayHear({ permissions }: Hearer, event: string): boolean {
  const needed = permissionToHear(event)
  return needed === undefined || permissions.includes(needed)
}

function isAfter(cursor: ReplayCursor | undefined) {
  return cursor
    ? sql<SqlBool>`(occurred_at, event_id) > (${cursor.occurred_at}::timestamptz, ${cursor.event_id}::uuid)`
    : sql<SqlBool>`true`
}

function matchesAny(patterns: readonly string[] | undefined) {
  return ({ or, eb }: ExpressionBuilder<Schema, 'events'>) =>
    patterns === undefined || patterns.includes('*')
      ? sql<SqlBool>`true`
      : or(
          patterns.map((pattern) =>
            pattern.endsWith('.*')
              ? sql<SqlBool>`starts_with(name, ${pattern.slice(0, -1)})`
              : eb('name', '=', pattern),
          ),
        )
}
