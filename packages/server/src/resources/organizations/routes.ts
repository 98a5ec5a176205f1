import { randomUUID } from 'node:crypto'
import { createRoute, z } from '@hono/zod-openapi'
import { isOfOperator, type Principal } from '../../auth/principal.js'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import { paginationOf } from '../../http/pagination.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { ResourceServices } from '../resource-services.js'
import { getOrganization, insertOrganization, listOrganizations } from './organization-repository.js'
import {
  createOrganizationBody,
  organizationListQuery,
  organizationListSchema,
  organizationSchema,
} from './schema.js'

type Prefix = '/organizations' | '/orgs'

const routesOf = (prefix: Prefix) => {
  const tags = ['organizations']
  return {
    list: createRoute({
      method: 'get',
      path: prefix,
      tags,
      summary: 'List the organizations that the key can see',
      ...secured('organizations:read'),
      request: { query: organizationListQuery },
      responses: { 200: json('The organizations', organizationListSchema), ...problems(422) },
    }),
    create: createRoute({
      method: 'post',
      path: prefix,
      tags,
      summary: 'Create an organization: only from the one the server started with',
      ...secured('organizations:write'),
      request: { body: jsonBody(createOrganizationBody) },
      responses: { 201: json('The new organization', organizationSchema), ...problems(409, 413, 415, 422) },
    }),
    read: createRoute({
      method: 'get',
      path: `${prefix}/{id}` as const,
      tags,
      summary: 'Read an organization',
      ...secured('organizations:read'),
      request: { params: z.object({ id: idField }) },
      responses: { 200: json('The organization', organizationSchema), ...problems(404) },
    }),
  }
}

/** `/organizations`, also as `/orgs`. A key sees its own organization, one of the server's first organization sees all. */
export function organizationRoutes(services: Pick<ResourceServices, 'database' | 'events'>) {
  return (router: ApiRouter): void => {
    for (const prefix of ['/organizations', '/orgs'] as const) addRoutes(router, prefix, services)
  }
}

function addRoutes(
  router: ApiRouter,
  prefix: Prefix,
  { database: { kysely }, events }: Pick<ResourceServices, 'database' | 'events'>,
): void {
  const { list, create, read } = routesOf(prefix)
  router.openapi(list, async (c) => {
    const query = c.req.valid('query')
    const only = isOfOperator(c.var.principal) ? undefined : c.var.principal.organization_id
    const { organizations, totalCount } = await listOrganizations(kysely, only, query)
    return c.json({ organizations, pagination: paginationOf(query, totalCount) }, 200)
  })
  router.openapi(create, async (c) => {
    const { principal, causedBy, repeatGuard } = c.var
    requireOfOperator(principal)
    const { id = randomUUID(), name } = c.req.valid('json')
    const location = `/api/v1/organizations/${id}`
    const organization = await kysely.transaction().execute(async (trx) => {
      const created = await insertOrganization(trx, { id, name })
      await events.publish(trx, {
        organization_id: principal.organization_id,
        name: 'organization.created',
        payload: { organization_id: id, organization_data: created },
        caused_by: causedBy,
      })
      await repeatGuard.record(trx, { status: 201, location, body: created })
      return created
    })
    c.header('location', location)
    return c.json(organization, 201)
  })
  router.openapi(read, async (c) => {
    const { id } = c.req.valid('param')
    const { principal } = c.var
    if (id !== principal.organization_id && !isOfOperator(principal)) throw notFound('organization', id)
    return c.json(await getOrganization(kysely, id), 200)
  })
}

/** An organization is a border between tenants, so nobody inside one can make another. */
function requireOfOperator(principal: Principal): void {
  if (isOfOperator(principal)) return
  throw new HttpProblem(403, "Only the server's first organization can create others")
}
