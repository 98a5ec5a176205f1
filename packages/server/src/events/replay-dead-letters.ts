import type { Kysely, Transaction } from 'kysely'
import type { Schema } from '../database/schema.js'
import { notFound } from '../http/http-problem.js'
import type { Jobs } from '../jobs/jobs.js'
import { replayJob } from './replay-range.js'

/** Most dead letters that one call replays. */
export const MAX_REPLAYED_LETTERS = 1_000

/** Which dead letters of an organization; without ids, those that were not replayed yet. */
export interface LetterSelection {
  organization_id: string
  ids?: readonly string[] | undefined
  plugin_id?: string | undefined
  event?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/**
 * Queues dead letters again, the oldest first, each for the handlers that failed, within the caller's transaction.
 *
 * @throws HttpProblem 404 naming the first id that there is no dead letter of; nothing is replayed then.
 */
export async function replayDeadLetters(
  trx: Transaction<Schema>,
  jobs: Jobs,
  selection: LetterSelection,
): Promise<{ count: number; remaining: number }> {
  const { ids } = selection
  const letters = await matching(trx, selection)
    .select(['id', 'installation_id', 'event_id', 'handlers'])
    .orderBy('created_at')
    .orderBy('id')
    .limit(MAX_REPLAYED_LETTERS)
    .forUpdate()
    .execute()
  const found = new Set(letters.map(({ id }) => id))
  const unknown = ids?.find((id) => !found.has(id.toLowerCase()))
  if (unknown !== undefined) throw notFound('dead letter', unknown)
  if (letters.length === 0) return { count: 0, remaining: 0 }
  await trx
    .updateTable('dead_letters')
    .set({ replayed_at: new Date() })
    .where('id', 'in', [...found])
    .execute()
  await jobs.insert(
    trx,
    letters.map(({ installation_id, event_id, handlers }) => replayJob(installation_id, event_id, handlers)),
  )
  return { count: letters.length, remaining: ids ? 0 : await countDeadLetters(trx, selection) }
}

/** How many dead letters a selection has. */
export async function countDeadLetters(kysely: Kysely<Schema>, selection: LetterSelection): Promise<number> {
  const { left } = await matching(kysely, selection)
    .select(({ fn }) => fn.countAll<string>().as('left'))
    .executeTakeFirstOrThrow()
  return Number(left)
}

function matching(kysely: Kysely<Schema>, selection: LetterSelection) {
  const { organization_id, ids, plugin_id, event, since, until } = selection
  let query = kysely.selectFrom('dead_letters').where('organization_id', '=', organization_id)
  query = ids ? query.where('id', 'in', ids) : query.where('replayed_at', 'is', null)
  if (plugin_id !== undefined) query = query.where('plugin_id', '=', plugin_id)
  if (event !== undefined) query = query.where('event', '=', event)
  if (since) query = query.where('created_at', '>=', since)
  return until ? query.where('created_at', '<', until) : query
}
