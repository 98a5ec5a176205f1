import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/client.js'
import type { Schema } from '../database/schema.js'

const EVERY_MS = 10 * 60_000
const DELIVERY_DAYS = 30
const AUDIT_DAYS = 400
/** Rows deleted by one statement, so that none keeps a connection for long. */
const BATCH = 5_000

export interface ForgetOptions {
  /** Milliseconds that readings are kept; undefined keeps them for ever. */
  metricsRetention: number | undefined
}

/** Forgets readings past their time, and the history of webhooks and changes after a while. */
export function startForgetting(
  { kysely }: Pick<Database, 'kysely'>,
  options: ForgetOptions & { onError: (error: unknown) => void },
): { stop(): void } {
  const forget = () => void forgetOld(kysely, options).catch(options.onError)
  const timer = setInterval(forget, EVERY_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** @param now For tests. */
export async function forgetOld(
  kysely: Kysely<Schema>,
  { metricsRetention }: ForgetOptions,
  now = Date.now(),
): Promise<void> {
  if (metricsRetention !== undefined) {
    await forget(kysely, 'device_metrics', 'timestamp', now - metricsRetention)
  }
  await forget(kysely, 'webhook_deliveries', 'created_at', daysBefore(now, DELIVERY_DAYS))
  await forget(kysely, 'audit_log', 'occurred_at', daysBefore(now, AUDIT_DAYS))
}

async function forget(
  kysely: Kysely<Schema>,
  table: 'device_metrics' | 'webhook_deliveries' | 'audit_log',
  column: string,
  before: number,
): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table)} where ctid = any(array(
        select ctid from ${sql.table(table)} where ${sql.ref(column)} < ${new Date(before)} limit ${BATCH}
      ))
    `.execute(kysely)
    if (Number(numAffectedRows ?? 0) < BATCH) return
  }
}

function daysBefore(now: number, days: number): number {
  return now - days * 86_400_000
}
