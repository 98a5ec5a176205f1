import { pino } from 'pino'
import { hashOf, prefixOf } from '../../../src/auth/api-key.js'
import { ApiKeys } from '../../../src/auth/api-keys.js'
import type { Principal } from '../../../src/auth/principal.js'
import { PrincipalChanges } from '../../../src/auth/principal-changes.js'
import type { Database } from '../../../src/database/client.js'
import { createEventPublisher } from '../../../src/events/create-event-publisher.js'
import { RecentEvents } from '../../../src/events/recent-events.js'
import type { FilterRunner } from '../../../src/host/filters/filter-runner.js'
import { createAuthenticate } from '../../../src/http/authenticate.js'
import { createHttpApp } from '../../../src/http/create-http-app.js'
import { Jobs } from '../../../src/jobs/jobs.js'
import { resourceRoutes } from '../../../src/resources/resource-routes.js'
import { createWebhooks, type WebhooksOptions } from '../../../src/resources/webhooks/create-webhooks.js'
import { queueDeliveries } from '../../../src/resources/webhooks/queue-deliveries.js'
import { WebhookDirectory } from '../../../src/resources/webhooks/webhook-directory.js'
import { openTestDatabase } from '../../database/test-database.js'

type Json = Record<string, unknown>

/** Resources, webhooks and the queue between them, without plugins. */
export interface WebhookPlatform {
  readonly database: Database
  readonly errors: unknown[]
  readonly installations: Map<string, Principal>
  filters: FilterRunner
  call<Answer = Json>(
    method: string,
    path: string,
    json?: unknown,
    key?: string,
  ): Promise<{ status: number; body: Answer }>
  close(): Promise<void>
}

const KEYS = { admin: 'default', other: 'elsewhere' }

export async function createWebhookPlatform(
  given: Partial<Pick<WebhooksOptions, 'allowPrivate' | 'timeout' | 'retryDelays' | 'lookup'>> = {},
): Promise<WebhookPlatform> {
  const database = await openTestDatabase()
  await database.executeSql(`insert into organizations (id, name) values ('elsewhere', 'Elsewhere')`)
  for (const [key, organization_id] of Object.entries(KEYS)) {
    const row = {
      organization_id,
      id: key,
      name: key,
      prefix: prefixOf(key),
      hash: hashOf(key),
      user_id: null,
    }
    await database.kysely
      .insertInto('api_keys')
      .values({ ...row, scopes: '["*"]' })
      .execute()
  }
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const logger = pino({ level: 'error' }, { write: (line: string) => onError(line) })
  const jobs = await Jobs.start({ database, onError })
  const directory = await WebhookDirectory.open(database, onError)
  const furtherJobs = queueDeliveries(directory)
  const events = createEventPublisher({
    jobs,
    logger,
    recent: new RecentEvents(),
    hearers: () => [],
    furtherJobs,
  })
  const installations = new Map<string, Principal>()
  const filters: FilterRunner = { apply: (input) => platform.filters.apply(input) }
  const module = createWebhooks({
    database,
    events,
    filters,
    jobs,
    logger,
    directory,
    allowPrivate: true,
    retryDelays: [10, 10, 10, 10],
    ...given,
  })
  const changes = await PrincipalChanges.open(database)
  const app = createHttpApp({
    database,
    logger,
    version: '0.0.0',
    maxBodyBytes: 65_536,
    authenticate: createAuthenticate(new ApiKeys(database, changes), {
      resolve: async (token) => installations.get(token),
    }),
    api: [resourceRoutes({ database, events, filters, logger }), ...(module.http?.api ?? [])],
  })
  await module.start?.()

  const platform: WebhookPlatform = {
    database,
    errors,
    installations,
    filters: { apply: async ({ value }) => value },
    async call(method, path, json, key = 'admin') {
      const answer = await app.request(`/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      })
      return { status: answer.status, body: JSON.parse(await answer.text()) }
    },
    async close() {
      await module.stop?.()
      await jobs.stop()
      await directory.close()
      await changes.close()
      await database.close()
    },
  }
  return platform
}
