import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestApi, type TestApi } from '../resources/test-api.js'

const RUNS = Number(process.env.OPS_CENTER_FUZZ_RUNS ?? 400)
/** What is kept for good: caches that fill, not something for each request. */
const MAX_GROWTH_BYTES = 24 * 1024 * 1024

let api: TestApi

beforeAll(async () => {
  api = await createTestApi()
  await api.call('POST', '/devices', { id: 'd', name: 'd', type: 't' })
  await api.call('POST', '/alerts', { id: 'a', severity: 'info', title: 't' })
  await api.call('POST', '/webhooks', { id: 'w', url: 'https://example.invalid', events: ['*'] })
})
afterAll(() => api.close())

const paths = [
  '/devices',
  '/devices/d',
  '/devices/d/metrics',
  '/metrics',
  '/alerts',
  '/alerts/a',
  '/alerts/a/acknowledge',
  '/users',
  '/users/admin',
  '/organizations',
  '/api-keys',
  '/api-keys/x',
  '/webhooks',
  '/webhooks/w',
  '/webhooks/w/deliveries',
  '/webhooks/w/rotate-secret',
  '/audit-log',
]
const names = [
  'id',
  'name',
  'type',
  'status',
  'metadata',
  'metrics',
  'timestamp',
  'device_id',
  'severity',
  'title',
]
const others = [
  'ip_address',
  'email',
  'role',
  'scopes',
  'expires_at',
  'expires_in',
  'user_id',
  '__proto__',
  'message',
  'url',
  'events',
  'secret',
  'overlap',
]
const times = [
  '0000-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00Z',
]
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\0',
    '\ud800',
    '𝄞',
    'x'.repeat(5_000),
    'd',
    'a@example.com',
    'online',
    'info',
    '*',
    '1d',
    ...times,
  ),
)
const value = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.double(), fc.constant(null))
const fields = fc.dictionary(fc.constantFrom(...names, ...others), value, { maxKeys: 8 })
const valid = fc.constantFrom(
  { name: 'a', type: 'b' },
  { severity: 'info', title: 'a' },
  { metrics: { cpu: 1 } },
  { email: 'a@example.com', name: 'a' },
  { url: 'https://example.invalid', events: ['*'] },
)
const body = fc.oneof(
  { weight: 4, arbitrary: valid.map((object) => JSON.stringify(object)) },
  { weight: 6, arbitrary: fields.map((object) => JSON.stringify(object)) },
  { weight: 2, arbitrary: fc.array(fields, { maxLength: 3 }).map((list) => JSON.stringify(list)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 10_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  },
)
const query = fc.dictionary(
  fc.constantFrom(
    'page',
    'page_size',
    'search',
    'status',
    'sort',
    'type',
    'since',
    'until',
    'interval',
    'aggregate',
    'event',
    'device_id',
    'role',
    'action',
  ),
  fc.oneof(text, fc.integer().map(String), fc.constantFrom('999999999', '1000', '%', '_', '\\')),
  { maxKeys: 3 },
)
const segment = fc
  .string({ unit: 'binary', minLength: 1 })
  .map((id) => encodeURIComponent(id.replace(/\p{Surrogate}/gu, '')))

/** Bytes that are in use once everything that can be was thrown away. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

it('never answers 500, whatever is sent', async () => {
  const seen = new Set<number>()
  const heap: number[] = []
  let requests = 0
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE'),
      fc.oneof(
        fc.constantFrom(...paths),
        segment.map((id) => `/devices/${id}`),
      ),
      query,
      body,
      fc.constantFrom(
        'application/json',
        'application/json',
        'application/json; charset=utf-8',
        'text/plain',
        'nonsense',
      ),
      fc.option(fc.constantFrom('k1', 'k2', 'x'.repeat(300)), { freq: 4 }),
      async (method, path, parameters, raw, type, once) => {
        const search = new URLSearchParams(parameters)
        const headers = { 'content-type': type, ...(once === null ? {} : { 'idempotency-key': once }) }
        const isRead = method === 'GET'
        const answer = await api.call(method, `${path}?${search}`, undefined, isRead ? {} : { raw, headers })
        seen.add(answer.status)
        if (++requests % Math.ceil(RUNS / 4) === 0) heap.push(usedHeap())
        expect(answer.status, JSON.stringify({ answer, warnings: api.warnings.splice(0) })).toBeLessThan(500)
        if (answer.status >= 400)
          expect(answer.body).toMatchObject({ status: answer.status, detail: expect.any(String) })
      },
    ),
    { numRuns: RUNS },
  )
  const [early = 0, late = 0] = [heap[0], heap.at(-1)]
  const megabytes = heap.map((bytes) => Math.round(bytes / 1_048_576))
  process.stdout.write(
    `${requests} requests, heap ${megabytes.join(', ')} MiB, answers ${[...seen].toSorted().join(', ')}\n`,
  )
  expect(late - early, 'memory that grows with the requests').toBeLessThan(MAX_GROWTH_BYTES)
  // Otherwise nothing got as far as the database.
  expect([...seen]).toEqual(expect.arrayContaining([200, 422]))
}, 300_000)
