import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { isJsonObject, type JsonObject } from '../../src/http/json-object.js'
import { startTestPlatform, type TestPlatform } from '../host/test-platform.js'
import { oddText, schemaArbitrary } from './schema-arbitrary.js'

const RUNS = Number(process.env.OPS_CENTER_FUZZ_RUNS ?? 5_000)
/** What is kept for good: caches that fill, not something for each request. */
const MAX_GROWTH_BYTES = 48 * 1024 * 1024
const MAX_MS = 10_000

let platform: TestPlatform
let operations: { method: string; path: string; body: unknown; query: string[] }[]
let schemas: JsonObject
/** Of nobody: what is fuzzed may delete every user, and the keys with them. */
let key: string

beforeAll(async () => {
  platform = await startTestPlatform()
  const { api } = platform
  await api('POST', '/devices', { id: 'd', name: 'd', type: 't' })
  await api('POST', '/alerts', { id: 'a', severity: 'info', title: 't' })
  await api('POST', '/webhooks', { id: 'w', url: 'https://example.invalid', events: ['x.y'] })
  key = (await api<{ key: string }>('POST', '/api-keys', { name: 'fuzz', scopes: ['*'] })).key
  const document: unknown = await (await fetch(`${platform.server.url}/openapi.json`)).json()
  if (!isJsonObject(document) || !isJsonObject(document.paths)) throw new Error('The API is not described')
  schemas =
    isJsonObject(document.components) && isJsonObject(document.components.schemas)
      ? document.components.schemas
      : {}
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(isJsonObject(item) ? item : {}).map(([method, operation]) => {
      const { requestBody, parameters } = isJsonObject(operation) ? operation : {}
      const content = isJsonObject(requestBody) ? requestBody.content : undefined
      const media = isJsonObject(content) ? content['application/json'] : undefined
      const query = (Array.isArray(parameters) ? parameters : []).flatMap((parameter: unknown) =>
        isJsonObject(parameter) && parameter.in === 'query' ? [String(parameter.name)] : [],
      )
      return {
        method: method.toUpperCase(),
        path,
        body: isJsonObject(media) ? media.schema : undefined,
        query,
      }
    }),
  )
})
afterAll(() => platform?.close())

/** Bytes that are in use once everything that can be was thrown away. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

const deep = fc.constantFrom('[', '{"a":').map((open) => open.repeat(10_000))
const spoiled = (text: string) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(text) },
    { weight: 1, arbitrary: fc.nat({ max: text.length }).map((end) => text.slice(0, end)) },
    // The same keys twice, and one that is no key of anybody.
    {
      weight: 1,
      arbitrary: fc.constant(text.replace(/^\{/, '{"id":1,"name":[],"__proto__":{},"name":null,')),
    },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: deep.map((open) => open + (open.startsWith('[') ? ']' : '}').repeat(10_000)) },
  )
const contentType = fc.oneof(
  { weight: 9, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('application/json; charset=utf-8', 'text/plain', 'multipart/form-data', 'x'),
  },
)
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('pump-7', 'd', 'a', 'w', 'admin', 'default', 'none') },
  {
    weight: 1,
    arbitrary: oddText.map((text) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '').slice(0, 300))),
  },
)

it(`answers every request that the API's description leads to, never with 500`, async () => {
  const { app } = platform.server
  const seen = new Map<number, number>()
  const heap: number[] = []
  let requests = 0
  let slowest = 0
  const request = fc.nat().chain((choice) => {
    const { method = 'GET', path = '/', body, query = [] } = operations[choice % operations.length] ?? {}
    const names = query.length === 0 ? ['page'] : query
    return fc.record({
      method: fc.constant(method),
      path: fc.array(segment, { minLength: 3, maxLength: 3 }).map((parts) => {
        let next = 0
        return path.replace(/\{\w+\}/g, () => parts[next++] || 'x')
      }),
      query: fc.dictionary(fc.constantFrom(...names), fc.oneof(oddText, fc.integer().map(String)), {
        maxKeys: 3,
      }),
      type: contentType,
      text:
        body === undefined
          ? fc.constant(undefined)
          : schemaArbitrary(body, schemas).chain((value) => spoiled(JSON.stringify(value) ?? '')),
    })
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, type, text }) => {
      const started = performance.now()
      // A log that is followed has no end.
      delete query.follow
      const search = new URLSearchParams(query)
      const answer = await app.request(`${path}?${search}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': type },
        ...(text === undefined ? {} : { body: text }),
      })
      await answer.arrayBuffer()
      slowest = Math.max(slowest, performance.now() - started)
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      if (++requests % Math.ceil(RUNS / 4) === 0) heap.push(usedHeap())
      expect(answer.status, `${method} ${path}?${search} ${text?.slice(0, 500)}`).not.toBe(500)
    }),
    { numRuns: RUNS },
  )
  const megabytes = heap.map((bytes) => Math.round(bytes / 1_048_576))
  const counts = [...seen].toSorted().map(([status, count]) => `${status}: ${count}`)
  process.stdout.write(
    `${requests} requests, slowest ${Math.round(slowest)} ms, heap ${megabytes.join(', ')} MiB, answers ${counts.join(', ')}\n`,
  )
  expect(slowest).toBeLessThan(MAX_MS)
  expect((heap.at(-1) ?? 0) - (heap[0] ?? 0), 'memory that grows with the requests').toBeLessThan(
    MAX_GROWTH_BYTES,
  )
  // Otherwise nothing got as far as the database.
  expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 201, 404, 422]))
}, 600_000)
