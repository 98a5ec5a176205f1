import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import { offsetOf } from '../../http/pagination.js'
import { containing } from '../../http/storable.js'
import type { UsersTable } from '../schema.js'
import { type User, type UserFields, type UserListQuery, userSchema } from './schema.js'

type Connection = Kysely<Schema> | Transaction<Schema>

const { role: roleOf, status: statusOf } = userSchema.shape

function userOf(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: roleOf.parse(row.role),
    status: statusOf.parse(row.status),
    organization_id: row.organization_id,
    last_login: row.last_login?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  }
}

/** @throws HttpProblem 404. */
export async function getUser(db: Connection, organizationId: string, id: string): Promise<User> {
  const row = await db
    .selectFrom('users')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) throw notFound('user', id)
  return userOf(row)
}

export async function listUsers(
  db: Connection,
  organizationId: string,
  query: UserListQuery,
): Promise<{ users: User[]; totalCount: number }> {
  let matching = db.selectFrom('users').where('organization_id', '=', organizationId)
  if (query.role !== undefined) matching = matching.where('role', '=', query.role)
  if (query.status !== undefined) matching = matching.where('status', '=', query.status)
  if (query.search !== undefined) {
    const pattern = containing(query.search)
    matching = matching.where((where) =>
      where.or([where('email', 'ilike', pattern), where('name', 'ilike', pattern)]),
    )
  }
  const { total } = await matching
    .select(({ fn }) => fn.countAll<string>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .limit(query.page_size)
    .offset(offsetOf(query))
    .execute()
  return { users: rows.map(userOf), totalCount: Number(total) }
}

/** @throws HttpProblem 409 when the id or the email address is taken. */
export async function insertUser(
  trx: Transaction<Schema>,
  organizationId: string,
  user: UserFields & { id: string },
): Promise<User> {
  const row = await trx
    .insertInto('users')
    .values({ organization_id: organizationId, ...user, created_at: new Date() })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw taken(user)
  return userOf(row)
}

/** @throws HttpProblem 404, or 409 when another user has the email address. */
export async function updateUser(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
  changes: Partial<UserFields>,
): Promise<User> {
  const row = await trx
    .updateTable('users')
    .set(changes)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
    .catch((error: unknown) => {
      throw error instanceof Error && 'code' in error && error.code === '23505' ? taken(changes) : error
    })
  if (!row) throw notFound('user', id)
  return userOf(row)
}

export async function deleteUser(
  trx: Transaction<Schema>,
  organizationId: string,
  id: string,
): Promise<User> {
  const row = await trx
    .deleteFrom('users')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) throw notFound('user', id)
  return userOf(row)
}

function taken({ id, email }: { id?: string; email?: string }): HttpProblem {
  const what = id === undefined ? `email address ${email}` : `id ${id} or the email address ${email}`
  return new HttpProblem(409, `There is already a user with the ${what}`)
}
