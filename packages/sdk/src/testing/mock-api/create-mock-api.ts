import { STATUS_CODES } from 'node:http'
import { Hono } from 'hono'
import type { FetchFunction } from '../../api/send-once.js'
import { errorMessage } from '../../errors.js'
import { HttpError } from '../../http-error.js'
import { mockAlerts } from './mock-alerts.js'
import type { MockContext, TellEvent } from './mock-context.js'
import { mockDevices } from './mock-devices.js'
import { mockMetrics } from './mock-metrics.js'
import { mockOrganizations } from './mock-organizations.js'
import { MockStore } from './mock-store.js'
import { mockUsers } from './mock-users.js'
import { mockWebhooks } from './mock-webhooks.js'
import { replayRepeated } from './replay-repeated.js'

export interface MockApiOptions {
  /** What it knows; share one store to see the same things with other permissions. Default: a new, empty one. */
  store?: MockStore | undefined
  /** What the caller may do; asked at each request. Default `['*']`. */
  permissions?: readonly string[] | (() => Iterable<string>) | undefined
  organizationId?: string | undefined
  /** Written into `created_by`. Default `'mock'`. */
  label?: string | undefined
  /** Milliseconds. Default: the system's clock. */
  now?: (() => number) | undefined
  /** Told of every change, before the request is answered. */
  onEvent?: TellEvent | undefined
}

/** An Ops-Center in memory: the REST API's resources without a server, a database or a port. */
export interface MockApi {
  readonly fetch: FetchFunction
  readonly store: MockStore
}

/**
 * The API's resources as one `fetch` function: the same paths, permissions, answers and errors.
 *
 * @example
 * const { fetch } = createMockApi({ permissions: ['devices:read'] })
 * const api = createApiClient({ url: 'http://mock', apiKey: 'mock', fetch })
 */
export function createMockApi(options: MockApiOptions = {}): MockApi {
  const { permissions = ['*'], now = Date.now } = options
  const store = options.store ?? new MockStore()
  const context: MockContext = {
    store,
    now: () => new Date(now()).toISOString(),
    permissions: () => new Set(typeof permissions === 'function' ? permissions() : permissions),
    organizationId: options.organizationId ?? 'default',
    label: options.label ?? 'mock',
    tell: options.onEvent ?? (async () => undefined),
  }
  const app = new Hono().basePath('/api/v1')
  app.use(replayRepeated(store))
  app.route('/', mockMetrics(context))
  app.route('/devices', mockDevices(context))
  app.route('/alerts', mockAlerts(context))
  app.route('/users', mockUsers(context))
  app.route('/organizations', mockOrganizations(context))
  app.route('/orgs', mockOrganizations(context))
  app.route('/webhooks', mockWebhooks(context))
  app.notFound((c) =>
    problem(
      new HttpError(404, `The mock API has no ${c.req.method} ${c.req.path}: answer it with respondWith()`),
      c.req.path,
    ),
  )
  app.onError((error, c) =>
    problem(
      error instanceof HttpError ? error : new HttpError(500, errorMessage(error), { cause: error }),
      c.req.path,
    ),
  )
  return { fetch: (request) => app.fetch(request), store }
}

function problem(error: HttpError, instance: string): Response {
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    instance,
    errors: error.errors,
    request_id: crypto.randomUUID(),
  }
  return new Response(JSON.stringify(body), {
    status: error.status,
    headers: {
      ...error.headers,
      'content-type': 'application/problem+json',
      'x-request-id': body.request_id,
    },
  })
}
