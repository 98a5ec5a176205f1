import { randomUUID } from 'node:crypto'
import { vi } from 'vitest'
import { buildPlugin } from '../host/build-plugin.js'
import type { TestPlatform } from '../host/test-platform.js'
import { uploadForm } from '../registry/registry-server.js'

/** A request that succeeds, made of things that are there. */
export interface RouteCase {
  request: { path?: Record<string, string>; query?: string; json?: unknown; form?: FormData }
  /** What it is answered with. */
  status: number
  /** Whether another organization's key is told that it is not there. */
  hidden?: boolean
  /** Only a plugin can make it succeed, with its own token. */
  byPlugin?: boolean
}

type MakeCase = (platform: TestPlatform) => Promise<RouteCase>

/** Makes requests for the cases, and hears what it cannot handle. */
const CODE = `
  plugin.task('tidy', () => {})
  plugin.hook('device.deleted', () => { throw new Error('on purpose') }, { name: 'fail', retries: 0 })
  plugin.route('/call', { methods: ['POST'] }, async ({ body }) => {
    const { method, path, json } = body
    return { answer: await plugin.api.request(method, path, json === undefined ? {} : { json }) }
  })
`
const plugin = (id: string, version = '1.0.0') => ({
  id,
  version,
  permissions: ['devices:read'],
  code: CODE,
})
const CASES = 'cases'

const running = new WeakMap<TestPlatform, Promise<unknown>>()

/** The plugin that most cases of plugins are about; installed when first needed. */
async function withPlugin(platform: TestPlatform): Promise<void> {
  const known = running.get(platform) ?? platform.run(plugin(CASES))
  running.set(platform, known)
  await known
}

const newId = () => `t-${randomUUID()}`

/** A list, or what is the same for everybody. */
const plain =
  (query = '', status = 200): MakeCase =>
  async () => ({ request: { query }, status })

/** A create with a body of its own. */
const creating =
  (json: () => unknown, status = 201): MakeCase =>
  async () => ({ request: { json: json() }, status })

/** Something that was just created at `path`. */
const existing =
  (path: string, body: () => object, more: Partial<RouteCase['request']> = {}): MakeCase =>
  async ({ api }) => {
    const { id } = await api<{ id: string }>('POST', path, body())
    return { request: { path: { id }, ...more }, status: 200, hidden: true }
  }

const device = (more: Partial<RouteCase['request']> = {}, status = 200): MakeCase => {
  const make = existing('/devices', () => ({ id: newId(), name: 'Pump', type: 'pump' }), more)
  return async (platform) => ({ ...(await make(platform)), status })
}
const alert = (more: Partial<RouteCase['request']> = {}) =>
  existing('/alerts', () => ({ severity: 'info', title: 'Hot' }), more)
const user = (more: Partial<RouteCase['request']> = {}) =>
  existing('/users', () => ({ email: `${newId()}@example.com` }), more)
const webhook = (more: Partial<RouteCase['request']> = {}) =>
  existing('/webhooks', () => ({ url: 'https://example.invalid/x', events: ['alert.created'] }), more)

/** Of the marketplace, which organizations share. */
const published =
  (more: Partial<RouteCase['request']> = {}, status = 200): MakeCase =>
  async (platform) => {
    await withPlugin(platform)
    return { request: { path: { id: CASES, version: '1.0.0' }, ...more }, status }
  }

/** A version that was just published; only its publisher changes it, and everybody knows that it is there. */
const ownVersion =
  (more: Partial<RouteCase['request']> = {}): MakeCase =>
  async (platform) => {
    const id = newId()
    await platform.publish(plugin(id))
    return { request: { path: { id, version: '1.0.0' }, ...more }, status: 200 }
  }

/** Of the installation that stays. */
const installed =
  (more: Partial<RouteCase['request']> = {}, status = 200): MakeCase =>
  async (platform) => {
    await withPlugin(platform)
    return { request: { path: { id: CASES }, ...more }, status, hidden: true }
  }

/** Of an installation made for the case. */
const ownInstallation =
  (more: Partial<RouteCase['request']> = {}): MakeCase =>
  async (platform) => {
    const id = newId()
    await platform.publish(plugin(id))
    await platform.api('POST', '/plugins/install', { plugin_id: id })
    return { request: { path: { id }, ...more }, status: 200, hidden: true }
  }

const updatable =
  (isUpdated: boolean): MakeCase =>
  async (platform) => {
    const id = newId()
    await platform.publish(plugin(id))
    await platform.api('POST', '/plugins/install', { plugin_id: id })
    await platform.publish(plugin(id, '1.1.0'))
    if (isUpdated) await platform.api('POST', `/plugins/${id}/update`, {})
    return { request: { path: { id }, ...(isUpdated ? {} : { json: {} }) }, status: 200, hidden: true }
  }

/** What a plugin keeps for itself. */
const pluginData =
  (
    more: Partial<RouteCase['request']> = {},
    status = 200,
    before?: { path: string; json: unknown },
  ): MakeCase =>
  async (platform) => {
    await withPlugin(platform)
    if (before) {
      const { path, json } = before
      await platform.route('POST', `/plugins/${CASES}/call`, { method: 'PUT', path, json })
    }
    return { request: { path: { id: CASES, task_id: 'later' }, ...more }, status, byPlugin: true }
  }

const value = { path: `/plugins/${CASES}/storage/value?key=a`, json: { value: 1 } }
const task = { path: `/plugins/${CASES}/schedule/later`, json: { name: 'tidy', cron: '0 3 * * *' } }

const deadLetter: MakeCase = async (platform) => {
  await withPlugin(platform)
  const { api } = platform
  const { id: gone } = await api<{ id: string }>('POST', '/devices', { name: 'x', type: 'y' })
  await api('DELETE', `/devices/${gone}`)
  const id = await vi.waitFor(
    async () => {
      const { dead_letters } = await api<{ dead_letters: { id: string }[] }>('GET', '/events/dead-letters')
      const [letter] = dead_letters
      if (!letter) throw new Error('There is no dead letter yet')
      return letter.id
    },
    { timeout: 10_000, interval: 100 },
  )
  return { request: { path: { id } }, status: 202, hidden: true }
}

const upload: MakeCase = async () => ({
  request: { form: uploadForm(await buildPlugin(plugin(newId()))) },
  status: 201,
})

const installing: MakeCase = async (platform) => {
  const id = newId()
  await platform.publish(plugin(id))
  return { request: { json: { plugin_id: id } }, status: 201 }
}

/** How each operation of the API succeeds, by its name. */
export const routeCases: Readonly<Record<string, MakeCase>> = {
  'GET /devices': plain('?status=online&search=a'),
  'POST /devices': creating(() => ({ name: 'Pump', type: 'pump' })),
  'GET /devices/{id}': device(),
  'PUT /devices/{id}': device({ json: { name: 'Other' } }),
  'PATCH /devices/{id}': device({ json: { status: 'online' } }),
  'DELETE /devices/{id}': device(),
  'GET /devices/{id}/status': device(),
  'GET /devices/{id}/metrics': device({ query: '?interval=5m' }),
  'POST /devices/{id}/metrics': device({ json: { cpu: 1 } }, 201),
  'POST /metrics': async (platform) => {
    const { request } = await device()(platform)
    const json = [{ device_id: request.path?.id, metrics: { cpu: 1 } }]
    return { request: { json }, status: 201, hidden: true }
  },
  'GET /alerts': plain('?severity=info'),
  'POST /alerts': creating(() => ({ severity: 'info', title: 'Hot' })),
  'GET /alerts/{id}': alert(),
  'PATCH /alerts/{id}': alert({ json: { title: 'Hotter' } }),
  'POST /alerts/{id}/acknowledge': alert(),
  'POST /alerts/{id}/resolve': alert(),
  'GET /api-keys': plain(),
  'POST /api-keys': creating(() => ({ name: 'for a test', role: 'viewer' })),
  'DELETE /api-keys/{id}': existing('/api-keys', () => ({ name: 'for a test' })),
  'GET /users': plain('?role=viewer'),
  'POST /users': creating(() => ({ email: `${newId()}@example.com` })),
  'GET /users/me': async () => ({ request: {}, status: 200 }),
  'GET /users/{id}': user(),
  'PUT /users/{id}': user({ json: { name: 'Ada' } }),
  'PATCH /users/{id}': user({ json: { name: 'Ada' } }),
  'DELETE /users/{id}': user(),
  'GET /organizations': plain(),
  'POST /organizations': creating(() => ({ name: 'North' })),
  'GET /organizations/{id}': existing('/organizations', () => ({ name: 'North' })),
  'GET /orgs': plain(),
  'POST /orgs': creating(() => ({ name: 'North' })),
  'GET /orgs/{id}': existing('/organizations', () => ({ name: 'North' })),
  'GET /audit-log': plain('?page_size=1'),
  'GET /webhooks': plain('?event=alert.created'),
  'POST /webhooks': creating(() => ({ url: 'https://example.invalid/x', events: ['*'] })),
  'GET /webhooks/{id}': webhook(),
  'PATCH /webhooks/{id}': webhook({ json: { status: 'disabled' } }),
  'DELETE /webhooks/{id}': webhook(),
  'POST /webhooks/{id}/rotate-secret': webhook({ json: {} }),
  'GET /webhooks/{id}/deliveries': webhook(),
  'POST /webhooks/{id}/test': webhook(),
  'POST /plugins/upload': upload,
  'GET /plugins/marketplace': plain('?search=weather&category=monitoring'),
  'GET /plugins/marketplace/categories': plain(),
  'GET /plugins/marketplace/featured': plain(),
  'GET /plugins/marketplace/trending': plain(),
  'GET /plugins/marketplace/{id}': published(),
  'GET /plugins/marketplace/{id}/versions': published(),
  'GET /plugins/marketplace/{id}/versions/{version}': published(),
  'GET /plugins/marketplace/{id}/versions/{version}/download': published(),
  'GET /plugins/marketplace/{id}/reviews': published(),
  'POST /plugins/marketplace/{id}/reviews': async (platform) => {
    const made = await ownInstallation({ json: { rating: 5 } })(platform)
    return { ...made, status: 201, hidden: false }
  },
  'POST /plugins/{id}/versions/{version}/deprecate': ownVersion({ json: { message: 'Use 2.0.0' } }),
  'DELETE /plugins/{id}/versions/{version}': ownVersion(),
  'POST /events': creating(() => ({ event: 'door.opened', payload: {} }), 202),
  'GET /events/dead-letters': plain(),
  'POST /events/dead-letters/{id}/replay': deadLetter,
  'POST /events/dead-letters/replay': async (platform) => {
    const { request } = await deadLetter(platform)
    return { request: { json: { ids: [request.path?.id] } }, status: 202, hidden: true }
  },
  'GET /plugins/installed': plain(),
  'POST /plugins/install': installing,
  'POST /plugins/{id}/enable': ownInstallation(),
  'POST /plugins/{id}/disable': ownInstallation(),
  'POST /plugins/{id}/update': updatable(false),
  'POST /plugins/{id}/rollback': updatable(true),
  'POST /plugins/{id}/uninstall': ownInstallation({ json: { purge: true } }),
  // A remote plugin would have to run somewhere; that it moves is shown in moved-plugin.test.ts.
  'PUT /plugins/{id}/remote': installed({ json: { secret: 'a-secret-of-24-characters' } }, 422),
  'GET /plugins/{id}/config': installed(),
  'PUT /plugins/{id}/config': installed({ json: { config: {} } }),
  'GET /plugins/{id}/health': installed(),
  'GET /plugins/{id}/logs': installed({ query: '?lines=1' }),
  'GET /plugins/{id}/tasks': installed(),
  'GET /plugins/{id}/tasks/{task_id}/runs': installed({ path: { id: CASES, task_id: 'tidy' } }),
  'POST /plugins/{id}/tasks/{task_id}/run': async (platform) => {
    const id = newId()
    await platform.run(plugin(id))
    return { request: { path: { id, task_id: 'tidy' }, json: {} }, status: 202, hidden: true }
  },
  'GET /plugins/{id}/filters': installed(),
  'GET /plugins/{id}/deliveries': installed(),
  'POST /plugins/{id}/replay': installed({ json: { since: '2026-01-27T10:30:45Z' } }, 202),
  'GET /plugins/{id}/storage': pluginData(),
  'DELETE /plugins/{id}/storage': pluginData(),
  'GET /plugins/{id}/storage/usage': pluginData(),
  'GET /plugins/{id}/storage/value': pluginData({ query: '?key=a' }, 200, value),
  'PUT /plugins/{id}/storage/value': pluginData({ query: '?key=a', json: { value: 1 } }),
  'DELETE /plugins/{id}/storage/value': pluginData({ query: '?key=a' }, 200, value),
  'GET /plugins/{id}/schedule': pluginData(),
  'DELETE /plugins/{id}/schedule': pluginData(),
  'PUT /plugins/{id}/schedule/{task_id}': pluginData({ json: task.json }),
  'DELETE /plugins/{id}/schedule/{task_id}': pluginData({}, 200, task),
  'POST /plugins/{id}/events': pluginData({ json: { event: 'door.opened', payload: {} } }, 202),
}
