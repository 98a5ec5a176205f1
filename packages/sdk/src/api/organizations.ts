import { apiPath } from './api-path.js'
import type { ApiCallOptions } from './call-options.js'
import { iteratePages, type Page, type PageQuery } from './pagination.js'
import { createOptions, type ResourceRequest } from './resource-request.js'

/** An organization; everything else belongs to one. Times are RFC 3339 in UTC. */
export interface Organization {
  id: string
  name: string
  created_at: string
}

/** A new organization; the server makes up an `id` that is not given. */
export interface OrganizationCreate {
  id?: string
  name: string
}

/** Which organizations to list. */
export interface OrganizationQuery extends PageQuery {
  /** Part of the name or id. */
  search?: string | undefined
}

/** Organizations the key may see. Every method rejects with an `ApiError`. */
export interface OrganizationsApi {
  list(query?: OrganizationQuery, options?: ApiCallOptions): Promise<Page<'organizations', Organization>>
  /** Every organization over all pages. */
  iterate(query?: OrganizationQuery, options?: ApiCallOptions): AsyncGenerator<Organization, void, undefined>
  get(id: string, options?: ApiCallOptions): Promise<Organization>
  create(organization: OrganizationCreate, options?: ApiCallOptions): Promise<Organization>
}

export function createOrganizationsApi(request: ResourceRequest): OrganizationsApi {
  const organizations: OrganizationsApi = {
    list: (query, options) => request('GET', '/organizations', { ...options, query: { ...query } }),
    iterate: (query, options) =>
      iteratePages('organizations', query, (page) => organizations.list({ ...query, ...page }, options)),
    get: async (id, options) => request('GET', apiPath`/organizations/${id}`, options),
    create: (organization, options) =>
      request('POST', '/organizations', createOptions(organization, options)),
  }
  return organizations
}
