import { sql, type Transaction } from 'kysely'
import type { Schema } from '../database/schema.js'

/** A job whose node died is taken up again after this many seconds. */
const EXPIRE_SECONDS = 300
/** Jobs leave by being handled: pg-boss must never give one up by itself. */
const RETRY_LIMIT = 1_000_000

const TERMS = { policy: 'standard', retryLimit: RETRY_LIMIT, expireInSeconds: EXPIRE_SECONDS }

/**
 * What pg-boss does to create a queue, in a transaction of ours: it has no option for that. One that is there already
 * stays as it is.
 */
export async function createQueue(trx: Transaction<Schema>, queue: string): Promise<void> {
  await sql`select pgboss.create_queue(${queue}, ${JSON.stringify(TERMS)}::json)`.execute(trx)
}
