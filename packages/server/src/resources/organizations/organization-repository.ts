import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import { offsetOf } from '../../http/pagination.js'
import type { OrganizationsTable } from '../schema.js'
import type { Organization, OrganizationListQuery } from './schema.js'

function organizationOf(row: Selectable<OrganizationsTable>): Organization {
  return { id: row.id, name: row.name, created_at: row.created_at.toISOString() }
}

/** @throws HttpProblem 404. */
export async function getOrganization(db: Kysely<Schema>, id: string): Promise<Organization> {
  const row = await db.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound('organization', id)
  return organizationOf(row)
}

/** Every organization, or only one. */
export async function listOrganizations(
  db: Kysely<Schema>,
  only: string | undefined,
  query: OrganizationListQuery,
): Promise<{ organizations: Organization[]; totalCount: number }> {
  let matching = db.selectFrom('organizations')
  if (only !== undefined) matching = matching.where('id', '=', only)
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
  return { organizations: rows.map(organizationOf), totalCount: Number(total) }
}

/** @throws HttpProblem 409 when the id is taken. */
export async function insertOrganization(
  trx: Transaction<Schema>,
  { id, name }: { id: string; name: string },
): Promise<Organization> {
  const row = await trx
    .insertInto('organizations')
    .values({ id, name, created_at: new Date() })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row) throw new HttpProblem(409, `There is already an organization ${JSON.stringify(id)}`)
  return organizationOf(row)
}
