import type { USER_ROLES } from '../resource-schemas.js'
import { apiPath } from './api-path.js'
import type { ApiCallOptions } from './call-options.js'
import { iteratePages, type Page, type PageQuery } from './pagination.js'
import { createOptions, type Deleted, deleteResource, type ResourceRequest } from './resource-request.js'

/** What a user may do. */
export type UserRole = (typeof USER_ROLES)[number]

/** A person; times are RFC 3339 in UTC. */
export interface User {
  id: string
  email: string
  name: string | null
  role: UserRole
  status: string
  organization_id: string
  last_login: string | null
  created_at: string
}

/** A new user; the server makes up an `id` that is not given. */
export interface UserCreate {
  id?: string
  email: string
  name?: string
  role?: UserRole
  status?: string
}

/** Fields to change; the others stay. */
export type UserUpdate = Partial<Omit<UserCreate, 'id'>>

/** Which users to list. */
export interface UserQuery extends PageQuery {
  role?: UserRole | undefined
  status?: string | undefined
  /** Part of the name or e-mail address. */
  search?: string | undefined
}

/** People of the organization. Every method rejects with an `ApiError`. */
export interface UsersApi {
  list(query?: UserQuery, options?: ApiCallOptions): Promise<Page<'users', User>>
  /** Every user over all pages. */
  iterate(query?: UserQuery, options?: ApiCallOptions): AsyncGenerator<User, void, undefined>
  get(id: string, options?: ApiCallOptions): Promise<User>
  create(user: UserCreate, options?: ApiCallOptions): Promise<User>
  update(id: string, changes: UserUpdate, options?: ApiCallOptions): Promise<User>
  delete(id: string, options?: ApiCallOptions): Promise<Deleted>
  /** The user the key belongs to. */
  me(options?: ApiCallOptions): Promise<User>
}

export function createUsersApi(request: ResourceRequest): UsersApi {
  const users: UsersApi = {
    list: (query, options) => request('GET', '/users', { ...options, query: { ...query } }),
    iterate: (query, options) =>
      iteratePages('users', query, (page) => users.list({ ...query, ...page }, options)),
    get: async (id, options) => request('GET', apiPath`/users/${id}`, options),
    create: (user, options) => request('POST', '/users', createOptions(user, options)),
    update: async (id, changes, options) =>
      request('PATCH', apiPath`/users/${id}`, { ...options, json: changes }),
    delete: async (id, options) => deleteResource(request, apiPath`/users/${id}`, id, options),
    me: (options) => request('GET', '/users/me', options),
  }
  return users
}
