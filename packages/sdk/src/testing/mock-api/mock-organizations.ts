import { Hono } from 'hono'
import { z } from 'zod'
import type { Organization } from '../../api/organizations.js'
import { contains, createdAnswer, listAnswer } from './list-answer.js'
import { findItem, type MockContext, newId, requireMockPermission } from './mock-context.js'
import { idField, pageQuery, readBody, readQuery, textField } from './read-request.js'

const createSchema = z.object({
  id: idField.optional(),
  name: textField(255),
})
const listSchema = z.object({ ...pageQuery(100), search: z.string().optional() })

/** `/organizations`, and `/orgs` under the same routes. */
export function mockOrganizations(context: MockContext): Hono {
  const { store } = context
  const app = new Hono()

  app.get('/', (c) => {
    requireMockPermission(context, 'organizations:read')
    const query = readQuery(c, listSchema)
    const organizations = [...store.organizations.values()].filter(({ id, name }) =>
      contains([id, name], query.search),
    )
    return listAnswer(c, 'organizations', organizations, query)
  })

  app.post('/', async (c) => {
    requireMockPermission(context, 'organizations:write')
    const { id: asked, name } = await readBody(c, createSchema)
    const id = newId(store.organizations, 'organization', asked)
    const organization: Organization = { id, name, created_at: context.now() }
    store.organizations.set(id, organization)
    await context.tell('organization.created', { organization_id: id, organization_data: organization })
    return createdAnswer(c, `/organizations/${id}`, organization)
  })

  app.get('/:id', (c) => {
    requireMockPermission(context, 'organizations:read')
    return c.json(findItem(store.organizations, 'organization', c.req.param('id')))
  })

  return app
}
