import { pino } from 'pino'
import { hashOf, prefixOf } from '../../src/auth/api-key.js'
import { ApiKeys } from '../../src/auth/api-keys.js'
import type { Principal } from '../../src/auth/principal.js'
import { PrincipalChanges } from '../../src/auth/principal-changes.js'
import type { Database } from '../../src/database/client.js'
import type { NewEvent } from '../../src/events/event-publisher.js'
import type { FilterInput } from '../../src/host/filters/filter-runner.js'
import { createAuthenticate } from '../../src/http/authenticate.js'
import { type ApiRouter, createHttpApp } from '../../src/http/create-http-app.js'
import { auditTrail } from '../../src/resources/audit/audit-trail.js'
import { resourceRoutes } from '../../src/resources/resource-routes.js'
import { webhookRoutes } from '../../src/resources/webhooks/routes.js'
import { WebhookDirectory } from '../../src/resources/webhooks/webhook-directory.js'
import { openTestDatabase } from '../database/test-database.js'

type Json = Record<string, unknown>
type Filter = (input: FilterInput) => Promise<Json>

export interface TestAnswer {
  status: number
  headers: Headers
  body: Json
}

export interface TestRequest {
  /** Default: a key with every permission. `null` sends none. */
  key?: string | null
  headers?: Record<string, string>
  /** Sent as it is instead of as JSON. */
  raw?: string
}

/** The API of the resources on a real database, with the plugins' side of it in the hands of the test. */
export interface TestApi {
  readonly app: ApiRouter
  readonly database: Database
  /** What was published since {@link TestApi.reset}, in order. */
  readonly events: NewEvent[]
  readonly warnings: Json[]
  /** Installation tokens, by token. */
  readonly installations: Map<string, Principal>
  filter: Filter
  /** Makes the next publishing fail, as a database would that goes away. */
  failPublishing: boolean
  call(method: string, path: string, json?: unknown, options?: TestRequest): Promise<TestAnswer>
  /** A key with these permissions, of the first organization or of another. */
  keyWith(scopes: string[], organizationId?: string): Promise<string>
  reset(): Promise<void>
  close(): Promise<void>
}

const ADMIN_KEY = 'admin-key-of-the-tests'

export async function createTestApi(): Promise<TestApi> {
  const database = await openTestDatabase()
  const warnings: Json[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line)) })
  const installations = new Map<string, Principal>()
  const events: NewEvent[] = []
  let keys = 0

  const publish = async (_trx: unknown, event: NewEvent | NewEvent[]) => {
    if (api.failPublishing) throw new Error('the queue is gone')
    events.push(...[event].flat())
  }
  const resolve = async (token: string) => installations.get(token)
  const directory = await WebhookDirectory.open(database, () => undefined)
  const changes = await PrincipalChanges.open(database)
  const app = createHttpApp({
    database,
    logger,
    version: '0.0.0',
    maxBodyBytes: 65_536,
    authenticate: createAuthenticate(new ApiKeys(database, changes), { resolve }),
    api: [
      resourceRoutes({
        database,
        events: { publish },
        filters: { apply: (input) => api.filter(input) },
        logger,
      }),
      webhookRoutes({ database, events: { publish }, directory, allowPrivate: true }),
    ],
    apiMiddleware: [auditTrail(database)],
  })

  async function keyWith(scopes: string[], organizationId = 'default', key = `key-${++keys}-of-the-tests`) {
    await database.kysely
      .insertInto('api_keys')
      .values({
        organization_id: organizationId,
        id: `key-${key}`,
        name: key,
        prefix: prefixOf(key),
        hash: hashOf(key),
        scopes: JSON.stringify(scopes),
        user_id: null,
      })
      .execute()
    return key
  }

  const api: TestApi = {
    app,
    database,
    events,
    warnings,
    installations,
    failPublishing: false,
    filter: async ({ value }) => value,
    async call(method, path, json, { key = ADMIN_KEY, headers = {}, raw } = {}) {
      const body = raw ?? (json === undefined ? undefined : JSON.stringify(json))
      const answer = await app.request(path.startsWith('/api/') ? path : `/api/v1${path}`, {
        method,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
    },
    keyWith: (scopes, organizationId) => keyWith(scopes, organizationId),
    async reset() {
      await database.executeSql('truncate device_metrics, devices, alerts, idempotency_keys')
      await database.executeSql(`delete from users where id <> 'admin'`)
      events.length = 0
      warnings.length = 0
      api.filter = async ({ value }) => value
      api.failPublishing = false
    },
    async close() {
      await directory.close()
      await changes.close()
      await database.close()
    },
  }
  await keyWith(['*'], 'default', ADMIN_KEY)
  await database.executeSql(`insert into organizations (id, name) values ('elsewhere', 'Elsewhere')`)
  return api
}
