import type { AlertsApi } from '../api/alerts.js'
import type { ApiMethod } from '../api/call-options.js'
import { type ApiClient, createApiClient } from '../api/client.js'
import type { DevicesApi } from '../api/devices.js'
import type { OrganizationsApi } from '../api/organizations.js'
import type { UsersApi } from '../api/users.js'
import type { WebhooksApi } from '../api/webhooks.js'
import { ForcedResponses, type MockResponse } from './forced-responses.js'
import { createMockApi, type MockApiOptions } from './mock-api/create-mock-api.js'
import { type MockSeed, MockStore } from './mock-api/mock-store.js'
import { matchesEndpoint, type RecordedRequest, type RequestQuery, recordOf } from './recorded-requests.js'

export interface MockApiClientOptions extends Omit<MockApiOptions, 'store'> {
  /** What the API knows at first, and again after `reset()`. */
  seed?: MockSeed | undefined
  /** As of the real client; 0 here, so that a forced failure shows at once. */
  retries?: number | undefined
}

/**
 * The real API client on an Ops-Center in memory: it validates, pages, filters, refuses what the permissions do
 * not cover, and remembers every request.
 *
 * @example
 * const api = new MockApiClient({ seed: { devices: [device({ id: 'pump-7' })] } })
 * await api.alerts.create({ severity: 'warning', title: 'Pressure', device_id: 'pump-7' })
 * api.getRequests({ method: 'POST', endpoint: '/alerts' }) // one
 */
export class MockApiClient implements ApiClient {
  readonly devices: DevicesApi
  readonly users: UsersApi
  readonly organizations: OrganizationsApi
  readonly orgs: OrganizationsApi
  readonly webhooks: WebhooksApi
  readonly alerts: AlertsApi
  readonly request: ApiClient['request']
  readonly get: ApiClient['get']
  readonly post: ApiClient['post']
  readonly put: ApiClient['put']
  readonly patch: ApiClient['patch']
  readonly delete: ApiClient['delete']
  /** The same Ops-Center without limits and without a record: to prepare a test, or to look at what it left. */
  readonly admin: ApiClient
  readonly #client: ApiClient
  readonly #store = new MockStore()
  readonly #forced = new ForcedResponses()
  readonly #seed: MockSeed
  #requests: RecordedRequest[] = []

  constructor({ seed = {}, retries = 0, ...options }: MockApiClientOptions = {}) {
    this.#seed = structuredClone(seed)
    this.#store.seed(this.#seed)
    const mock = createMockApi({ ...options, store: this.#store })
    const admin = createMockApi({ ...options, store: this.#store, permissions: ['*'], label: 'admin' })
    this.#client = createApiClient({
      url: 'http://mock.invalid',
      apiKey: 'mock',
      retries,
      fetch: (request) => this.#answer(request, mock.fetch),
    })
    this.admin = createApiClient({
      url: 'http://mock.invalid',
      apiKey: 'admin',
      retries: 0,
      fetch: admin.fetch,
    })
    const client = this.#client
    this.devices = client.devices
    this.users = client.users
    this.organizations = client.organizations
    this.orgs = client.orgs
    this.webhooks = client.webhooks
    this.alerts = client.alerts
    this.request = client.request
    this.get = client.get
    this.post = client.post
    this.put = client.put
    this.patch = client.patch
    this.delete = client.delete
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** The requests that were made, oldest first. */
  getRequests({ method, endpoint }: RequestQuery = {}): RecordedRequest[] {
    return this.#requests
      .filter((request) => method === undefined || request.method === method.toUpperCase())
      .filter((request) => endpoint === undefined || matchesEndpoint(endpoint, request.endpoint))
      .map((request) => structuredClone(request))
  }

  /** Puts copies of things in, as if they had always been there: no event, no request, no permission. */
  seed(seed: MockSeed): void {
    this.#store.seed(seed)
  }

  /**
   * Answers a path with something else from now on, until `reset()`: a status and JSON, a `Response`, an `Error`
   * for a network that fails, or a function of the request.
   *
   * @param times How often; then the API answers again.
   * @example plugin.api.respondWith('POST', '/alerts', { status: 503 }, { times: 1 })
   */
  respondWith(
    method: ApiMethod,
    path: string,
    response: MockResponse,
    { times = Number.POSITIVE_INFINITY }: { times?: number } = {},
  ): void {
    this.#forced.add(method, path, response, times)
  }

  /** Forgets requests, forced answers and everything stored but the seed. */
  reset(): void {
    this.#requests = []
    this.#forced.clear()
    this.#store.clear()
    this.#store.seed(this.#seed)
  }

  async #answer(
    request: Request,
    mock: (request: Request) => Response | Promise<Response>,
  ): Promise<Response> {
    const record = await recordOf(request)
    this.#requests.push(record)
    const forced = this.#forced.take(record)
    const response = forced ? await forced(request) : await mock(request)
    record.status = response.status
    return response
  }
}
