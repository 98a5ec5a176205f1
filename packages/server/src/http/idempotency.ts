import { createHash } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Schema } from '../database/schema.js'
import type { AppEnv } from './app-env.js'
import { HttpProblem } from './http-problem.js'
import { isJsonRequest } from './json-body.js'

const KEPT_MS = 24 * 3_600_000
/** A first request that did not finish within this time died with its server; the next one may try again. */
const ABANDONED_MS = 60_000
const PURGE_EVERY_MS = 3_600_000

export interface CreatedAnswer {
  status: number
  location: string
  body: Record<string, unknown>
}

/** Remembers the answer of a create, so that a repeated request gets it again instead of a second resource. */
export interface RepeatGuard {
  /** In the transaction that creates: the answer is kept if, and only if, the resource is. */
  record(trx: Transaction<Schema>, answer: CreatedAnswer): Promise<void>
}

/** For requests without an `Idempotency-Key`. */
export const NO_REPEAT_GUARD: RepeatGuard = { record: async () => undefined }

/**
 * Honours `Idempotency-Key` of POST requests: for 24 hours the same key of the same principal answers with what
 * the first request was answered, and runs nothing. Failed requests are forgotten, so they can be repeated.
 */
export function repeatGuard(kysely: Kysely<Schema>): MiddlewareHandler<AppEnv> {
  let purgedAt = 0

  return async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (key === undefined || c.req.method !== 'POST' || !isJsonRequest(c)) return next()
    if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
      throw new HttpProblem(422, 'Idempotency-Key: expected 1 to 255 visible ASCII characters')
    }
    const { id: principal_id, organization_id } = c.var.principal
    const row = { organization_id, principal_id, key, fingerprint: await fingerprintOf(c) }
    if (Date.now() - purgedAt > PURGE_EVERY_MS) {
      purgedAt = Date.now()
      await purge(kysely)
    }
    if (!(await claim(kysely, row))) return await replay(kysely, row)

    const own = { organization_id, principal_id, key }
    let recorded = false
    c.set('repeatGuard', {
      async record(trx, { status, location, body }) {
        await trx
          .updateTable('idempotency_keys')
          .set({ status, location, body: JSON.stringify(body) })
          .where(matching(own))
          .execute()
        recorded = true
      },
    })
    await next()
    if (!recorded || c.res.status >= 400) await forget(kysely, own)
  }
}

type Claim = { organization_id: string; principal_id: string; key: string; fingerprint: string }

const matching = ({ organization_id, principal_id, key }: Omit<Claim, 'fingerprint'>) =>
  sql<boolean>`organization_id = ${organization_id} and principal_id = ${principal_id} and key = ${key}`

async function fingerprintOf(c: Context): Promise<string> {
  const hash = createHash('sha256').update(`${c.req.method} ${c.req.path}\n`)
  return hash.update(JSON.stringify(await c.req.json())).digest('hex')
}

/** Whether this request is the first: inserting is atomic, and so is taking over an abandoned or expired row. */
async function claim(kysely: Kysely<Schema>, row: Claim): Promise<boolean> {
  const now = Date.now()
  const claimed = await kysely
    .insertInto('idempotency_keys')
    .values({ ...row, created_at: new Date(now) })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'principal_id', 'key'])
        .doUpdateSet({ ...row, status: null, location: null, body: null, created_at: new Date(now) })
        .where((where) =>
          where.or([
            where('idempotency_keys.created_at', '<', new Date(now - KEPT_MS)),
            where.and([
              where('idempotency_keys.status', 'is', null),
              where('idempotency_keys.created_at', '<', new Date(now - ABANDONED_MS)),
            ]),
          ]),
        ),
    )
    .returning('key')
    .executeTakeFirst()
  return claimed !== undefined
}

async function replay(kysely: Kysely<Schema>, row: Claim): Promise<Response> {
  const first = await kysely
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'status', 'location', 'body'])
    .where(matching(row))
    .executeTakeFirst()
  if (first && first.fingerprint !== row.fingerprint) {
    throw new HttpProblem(422, `Idempotency-Key ${JSON.stringify(row.key)} was used for a different request`)
  }
  if (!first || first.status === null) {
    throw new HttpProblem(409, 'The first request with this Idempotency-Key is still running', {
      headers: { 'retry-after': '1' },
    })
  }
  return new Response(JSON.stringify(first.body), {
    status: first.status,
    headers: {
      'content-type': 'application/json',
      'idempotent-replayed': 'true',
      ...(first.location === null ? {} : { location: first.location }),
    },
  })
}

async function forget(kysely: Kysely<Schema>, row: Omit<Claim, 'fingerprint'>): Promise<void> {
  await kysely.deleteFrom('idempotency_keys').where(matching(row)).where('status', 'is', null).execute()
}

async function purge(kysely: Kysely<Schema>): Promise<void> {
  await kysely
    .deleteFrom('idempotency_keys')
    .where('created_at', '<', new Date(Date.now() - KEPT_MS))
    .execute()
}
