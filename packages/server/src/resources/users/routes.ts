import { createRoute, z } from '@hono/zod-openapi'
import type { ApiRouter } from '../../http/create-http-app.js'
import { idField } from '../../http/fields.js'
import { HttpProblem } from '../../http/http-problem.js'
import { paginationOf } from '../../http/pagination.js'
import { deletedSchema, json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { ResourceServices } from '../resource-services.js'
import { createUser, patchUser, removeUser } from './change-user.js'
import { createUserBody, updateUserBody, userListQuery, userListSchema, userSchema } from './schema.js'
import { getUser, listUsers } from './user-repository.js'

const params = z.object({ id: idField })
const tags = ['users']

const list = createRoute({
  method: 'get',
  path: '/users',
  tags,
  summary: 'List users',
  ...secured('users:read'),
  request: { query: userListQuery },
  responses: { 200: json('The users', userListSchema), ...problems(422) },
})

const create = createRoute({
  method: 'post',
  path: '/users',
  tags,
  summary: 'Create a user',
  ...secured('users:write'),
  request: { body: jsonBody(createUserBody) },
  responses: { 201: json('The new user', userSchema), ...problems(409, 413, 415, 422) },
})

const me = createRoute({
  method: 'get',
  path: '/users/me',
  tags,
  summary: 'Read the user that the API key belongs to',
  ...secured('users:read'),
  responses: { 200: json('The user', userSchema), ...problems(404) },
})

const read = createRoute({
  method: 'get',
  path: '/users/{id}',
  tags,
  summary: 'Read a user',
  ...secured('users:read'),
  request: { params },
  responses: { 200: json('The user', userSchema), ...problems(404) },
})

const update = (method: 'put' | 'patch') =>
  createRoute({
    method,
    path: '/users/{id}',
    tags,
    summary: 'Change the given fields of a user',
    ...secured('users:write'),
    request: { params, body: jsonBody(updateUserBody) },
    responses: { 200: json('The user', userSchema), ...problems(404, 409, 413, 415, 422) },
  })

const remove = createRoute({
  method: 'delete',
  path: '/users/{id}',
  tags,
  summary: 'Delete a user and revoke its API keys',
  ...secured('users:write'),
  request: { params },
  responses: { 200: json('Deleted', deletedSchema), ...problems(404) },
})

/** `/users`. */
export function userRoutes(services: Pick<ResourceServices, 'database' | 'events'>) {
  const { kysely } = services.database
  return (router: ApiRouter): void => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const { users, totalCount } = await listUsers(kysely, c.var.principal.organization_id, query)
      return c.json({ users, pagination: paginationOf(query, totalCount) }, 200)
    })
    router.openapi(create, async (c) => {
      const user = await createUser(services, c.var, c.req.valid('json'))
      c.header('location', `/api/v1/users/${user.id}`)
      return c.json(user, 201)
    })
    router.openapi(me, async (c) => {
      const { user_id, organization_id } = c.var.principal
      if (user_id === undefined) throw new HttpProblem(404, 'This API key does not belong to a user')
      return c.json(await getUser(kysely, organization_id, user_id), 200)
    })
    router.openapi(read, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await getUser(kysely, c.var.principal.organization_id, id), 200)
    })
    for (const method of ['put', 'patch'] as const) {
      router.openapi(update(method), async (c) =>
        c.json(await patchUser(services, c.var, c.req.valid('param').id, c.req.valid('json')), 200),
      )
    }
    router.openapi(remove, async (c) => {
      const { id } = c.req.valid('param')
      await removeUser(services, c.var, id)
      return c.json({ status: 'deleted' as const, id }, 200)
    })
  }
}
