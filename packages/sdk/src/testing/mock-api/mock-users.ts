import { Hono } from 'hono'
import { z } from 'zod'
import type { User } from '../../api/users.js'
import { HttpError } from '../../http-error.js'
import { USER_ROLES } from '../../resource-schemas.js'
import { changesOf } from './changes-of.js'
import { contains, createdAnswer, listAnswer } from './list-answer.js'
import { findItem, type MockContext, newId, requireMockPermission } from './mock-context.js'
import { idField, pageQuery, readBody, readQuery, textField } from './read-request.js'

const USER_STATUSES = ['active', 'inactive', 'invited'] as const
const changesSchema = z.object({
  email: z.email().max(254).optional(),
  name: textField(255).nullable().optional(),
  role: z.enum(USER_ROLES).optional(),
  status: z.enum(USER_STATUSES).optional(),
})
const createSchema = changesSchema.extend({ id: idField.optional(), email: z.email().max(254) })
const listSchema = z.object({
  ...pageQuery(20),
  role: z.enum(USER_ROLES).optional(),
  status: z.enum(USER_STATUSES).optional(),
  search: z.string().optional(),
})

/** `/users` */
export function mockUsers(context: MockContext): Hono {
  const { store } = context
  const app = new Hono()

  const refuseTaken = (email: string | undefined, except?: string) => {
    const isTaken = [...store.users.values()].some(
      (user) => user.id !== except && user.email.toLowerCase() === email?.toLowerCase(),
    )
    if (isTaken) throw new HttpError(409, `There is a user with the e-mail address ${email} already`)
  }

  app.get('/', (c) => {
    requireMockPermission(context, 'users:read')
    const query = readQuery(c, listSchema)
    const users = [...store.users.values()].filter(
      ({ email, name, role, status }) =>
        (query.role === undefined || role === query.role) &&
        (query.status === undefined || status === query.status) &&
        contains([email, name], query.search),
    )
    return listAnswer(c, 'users', users, query)
  })

  app.get('/me', () => {
    throw new HttpError(404, 'The key belongs to a plugin, not to a user')
  })

  app.post('/', async (c) => {
    requireMockPermission(context, 'users:write')
    const { id: asked, ...body } = await readBody(c, createSchema)
    refuseTaken(body.email)
    const user: User = {
      id: newId(store.users, 'user', asked),
      email: body.email,
      name: body.name ?? null,
      role: body.role ?? 'viewer',
      status: body.status ?? 'active',
      organization_id: context.organizationId,
      last_login: null,
      created_at: context.now(),
    }
    store.users.set(user.id, user)
    await context.tell('user.created', { user_id: user.id, user_data: user })
    return createdAnswer(c, `/users/${user.id}`, user)
  })

  app.get('/:id', (c) => {
    requireMockPermission(context, 'users:read')
    return c.json(findItem(store.users, 'user', c.req.param('id')))
  })

  app.on(['PUT', 'PATCH'], '/:id', async (c) => {
    requireMockPermission(context, 'users:write')
    const former = findItem(store.users, 'user', c.req.param('id'))
    const changes = changesOf(former, await readBody(c, changesSchema))
    if (Object.keys(changes).length === 0) return c.json(former)
    if (changes.email !== undefined) refuseTaken(changes.email, former.id)
    const user: User = { ...former, ...changes }
    store.users.set(user.id, user)
    await context.tell('user.updated', { user_id: user.id, user_data: user })
    return c.json(user)
  })

  app.delete('/:id', async (c) => {
    requireMockPermission(context, 'users:write')
    const user = findItem(store.users, 'user', c.req.param('id'))
    store.users.delete(user.id)
    await context.tell('user.deleted', { user_id: user.id, user_data: user })
    return c.json({ status: 'deleted', id: user.id })
  })

  return app
}
