import { type Duration, parseDuration } from '../duration.js'
import { OpsError } from '../errors.js'
import { type AlertsApi, createAlertsApi } from './alerts.js'
import type { ApiMethod, ApiRequestOptions } from './call-options.js'
import { createDevicesApi, type DevicesApi } from './devices.js'
import { createOrganizationsApi, type OrganizationsApi } from './organizations.js'
import type { ResourceRequest } from './resource-request.js'
import type { FetchFunction } from './send-once.js'
import { type ApiRequestInfo, createTransport } from './transport.js'
import { createUsersApi, type UsersApi } from './users.js'
import { createWebhooksApi, type WebhooksApi } from './webhooks.js'

/** Settings of an API client. */
export interface ApiClientOptions {
  /** Address of the Ops-Center, with or without `/api/v1`; a function is asked at each call. */
  url?: string | (() => string | undefined) | undefined
  /** API key; a function is asked at each call. */
  apiKey?: string | (() => string | undefined) | undefined
  /** Instead of the global `fetch`, for instance `app.fetch` of a Hono app. */
  fetch?: FetchFunction | undefined
  /** Time limit of one attempt, 0 for none. Default `'30s'`. */
  timeout?: Duration | undefined
  /** How often a call that failed for a passing reason, and is safe to repeat, is sent again. Default 2. */
  retries?: number | undefined
  /** Headers added to each call; asked once per call. */
  headers?: (() => Readonly<Record<string, string>>) | undefined
  /** Told before each attempt. */
  onRequest?: ((info: ApiRequestInfo) => void) | undefined
}

/** A call through one of the shorthands. */
type ApiShorthand = <T = unknown>(path: string, options?: ApiRequestOptions) => Promise<T>

/**
 * Client of the Ops-Center REST API. Answers come exactly as the server sends them; failures are `ApiError`s.
 *
 * @example
 * const { devices, pagination } = await plugin.api.devices.list({ status: 'online', page_size: 50 })
 */
export interface ApiClient {
  readonly devices: DevicesApi
  readonly users: UsersApi
  readonly organizations: OrganizationsApi
  /** The same object as `organizations`. */
  readonly orgs: OrganizationsApi
  readonly webhooks: WebhooksApi
  readonly alerts: AlertsApi
  /**
   * Any call below `/api/v1`. Resolves with parsed JSON, a text, bytes, or `undefined` for an empty answer.
   *
   * @example
   * await plugin.api.request('POST', '/events', { json: { event: 'door.opened', payload: {} } })
   */
  readonly request: ResourceRequest
  readonly get: ApiShorthand
  readonly post: ApiShorthand
  readonly put: ApiShorthand
  readonly patch: ApiShorthand
  readonly delete: ApiShorthand
  /** Ends the calls under way with `ApiClosedError`; the client can be used again afterwards. */
  close(): Promise<void>
}

function asFunction(value: string | (() => string | undefined) | undefined): () => string | undefined {
  return typeof value === 'function' ? value : () => value
}

function checkedRetries(retries: number): number {
  if (Number.isInteger(retries) && retries >= 0) return retries
  throw new OpsError('api_options_invalid', `retries is ${retries}: expected a whole number from 0`)
}

/**
 * A client of the Ops-Center API. Nothing is sent, and neither address nor key is looked at, before the first call.
 *
 * @throws OpsError for a `timeout` that is no duration or a negative number of `retries`.
 * @example
 * const api = createApiClient({ url: 'http://localhost:8000', apiKey: process.env.OPS_CENTER_API_KEY })
 * const device = await api.devices.get('db-1')
 */
export function createApiClient(options: ApiClientOptions = {}): ApiClient {
  const transport = createTransport({
    url: asFunction(options.url),
    apiKey: asFunction(options.apiKey),
    headers: options.headers ?? (() => ({})),
    // Looked up at each call, so that a replaced global is honoured.
    fetch: options.fetch ?? ((request) => fetch(request)),
    timeout: parseDuration(options.timeout ?? '30s'),
    retries: checkedRetries(options.retries ?? 2),
    onRequest: options.onRequest,
  })
  const request = async <T>(method: ApiMethod, path: string, call?: ApiRequestOptions): Promise<T> => {
    // The one place where an answer gets its type: the server is trusted to send what its contract says.
    return (await transport.send(method, path, call)) as T
  }
  const organizations = createOrganizationsApi(request)
  return {
    devices: createDevicesApi(request),
    users: createUsersApi(request),
    organizations,
    orgs: organizations,
    webhooks: createWebhooksApi(request),
    alerts: createAlertsApi(request),
    request,
    get: (path, call) => request('GET', path, call),
    post: (path, call) => request('POST', path, call),
    put: (path, call) => request('PUT', path, call),
    patch: (path, call) => request('PATCH', path, call),
    delete: (path, call) => request('DELETE', path, call),
    async close() {
      transport.close()
    },
  }
}
