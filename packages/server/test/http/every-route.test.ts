import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, startTestPlatform, type TestPlatform } from '../host/test-platform.js'
import { listOperations, type Operation } from './operations.js'
import { type RouteCase, routeCases } from './route-cases.js'

const COMMITTED = new URL('../../openapi.json', import.meta.url)
const operations = listOperations(JSON.parse(await readFile(COMMITTED, 'utf8')))

interface Keys {
  /** May nothing that the route asks for. */
  poor: (permission: string) => string
  /** May everything, in another organization. */
  other: string
}

let platform: TestPlatform
let keys: Keys

beforeAll(async () => {
  platform = await startTestPlatform()
  keys = await makeKeys(platform)
})
afterAll(() => platform?.close())

async function makeKeys({ api }: TestPlatform): Promise<Keys> {
  const create = async (json: object) => (await api<{ key: string }>('POST', '/api-keys', json)).key
  await api('POST', '/organizations', { id: 'elsewhere', name: 'Elsewhere' })
  const [devices, alerts, other] = await Promise.all([
    create({ name: 'devices', scopes: ['devices:read'] }),
    create({ name: 'alerts', scopes: ['alerts:read'] }),
    create({ name: 'other', scopes: ['*'], organization_id: 'elsewhere' }),
  ])
  return { other, poor: (permission) => (permission === 'devices:read' ? alerts : devices) }
}

interface Sent {
  status: number
  headers: Headers
  body: string
}

async function send(operation: Operation, known: RouteCase, key: string | undefined): Promise<Sent> {
  const { json, form } = known.request
  const response = await fetch(`${platform.server.url}${addressOf(operation, known)}`, {
    method: operation.method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(form === undefined ? {} : { body: form }),
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

function addressOf({ path }: Operation, { request }: RouteCase): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => request.path?.[name] ?? 'none')
  return `${filled}${request.query ?? ''}`
}

/** The same request by the plugin itself; throws on anything but success. */
async function sendByPlugin(operation: Operation, known: RouteCase): Promise<void> {
  const path = addressOf(operation, known).replace('/api/v1', '')
  const { json } = known.request
  await platform.route('POST', '/plugins/cases/call', { method: operation.method, path, json })
}

it('is described in openapi.json as the server describes itself', async () => {
  const served: unknown = await (await fetch(`${platform.server.url}/openapi.json`)).json()
  const committed: unknown = JSON.parse(await readFile(COMMITTED, 'utf8'))
  expect(served, 'out of date: npm run openapi').toEqual(committed)
})

it('has a case here for every route, and a route for every case', () => {
  expect(Object.keys(routeCases).toSorted()).toEqual(operations.map(({ name }) => name).toSorted())
})

describe.each(operations)('$name', (operation) => {
  const { name, permission } = operation
  const prepare = async (): Promise<RouteCase> => {
    const make = routeCases[name]
    if (!make) throw new Error(`${name} has no case in route-cases.ts`)
    return make(platform)
  }

  it('answers 401 without a key and with an unknown one', async () => {
    const known = await prepare()
    for (const key of [undefined, 'unknown']) {
      const { status, headers } = await send(operation, known, key)
      expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Bearer/)])
    }
  })

  it('answers 403 naming the permission that a key lacks', async () => {
    const known = await prepare()
    const { status, body } = await send(operation, known, keys.poor(permission))
    expect([status, JSON.parse(body)]).toEqual([
      403,
      expect.objectContaining({ detail: expect.stringContaining(permission) }),
    ])
  })

  it('answers as documented to a key that may, and hides itself from another organization', async () => {
    const known = await prepare()
    if (known.hidden) {
      const foreign = await send(operation, known, keys.other)
      expect([foreign.status, foreign.headers.get('content-type')], foreign.body).toEqual([
        404,
        'application/problem+json',
      ])
    }
    if (known.byPlugin) {
      const stranger = await send(operation, known, ADMIN_KEY)
      expect(stranger.status, stranger.body).toBe(403)
      return sendByPlugin(operation, known)
    }
    const answer = await send(operation, known, ADMIN_KEY)
    expect(answer.status, answer.body).toBe(known.status)
    expect(operation.statuses).toContain(String(answer.status))
    if (answer.status === 201) expect(answer.headers.get('location')).toMatch(/^\/api\/v1\//)
    expect(answer.headers.get('x-request-id')).not.toBeNull()
  })
})
