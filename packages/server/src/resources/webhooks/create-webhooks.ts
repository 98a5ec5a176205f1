import type { Logger } from 'pino'
import type { Database } from '../../database/client.js'
import type { EventPublisher } from '../../events/event-publisher.js'
import type { FilterRunner } from '../../host/filters/filter-runner.js'
import type { Jobs } from '../../jobs/jobs.js'
import type { ServerModule } from '../../server-module.js'
import { deliveryRoutes } from './delivery-routes.js'
import type { Lookup } from './public-address.js'
import { RETRY_DELAYS_MS } from './record-attempt.js'
import { webhookRoutes } from './routes.js'
import { WebhookDeliverer } from './webhook-deliverer.js'
import type { WebhookDirectory } from './webhook-directory.js'
import { createWebhookSender } from './webhook-sender.js'

export interface WebhooksOptions {
  database: Database
  events: EventPublisher
  filters: FilterRunner
  jobs: Jobs
  logger: Logger
  directory: WebhookDirectory
  /** Whether addresses that are not public may be called. */
  allowPrivate: boolean
  /** Milliseconds a receiver has for its answer. Default 10,000. */
  timeout?: number | undefined
  /** Milliseconds before the second attempt, the third ... */
  retryDelays?: readonly number[] | undefined
  lookup?: Lookup | undefined
}

/** Webhooks: their routes, and the worker that sends what they hear. */
export function createWebhooks(options: WebhooksOptions): ServerModule {
  const { retryDelays = RETRY_DELAYS_MS, timeout, lookup, allowPrivate, logger } = options
  const sender = createWebhookSender({
    allowPrivate,
    ...(timeout === undefined ? {} : { timeout }),
    ...(lookup === undefined ? {} : { lookup }),
  })
  const onError = (error: unknown) => logger.error({ err: error }, 'A delivery to a webhook broke off')
  const services = { ...options, retryDelays, sender, onError }
  const deliverer = new WebhookDeliverer(services)
  return {
    name: 'webhooks',
    http: { api: [webhookRoutes(services), deliveryRoutes(services)] },
    start: () => deliverer.start(),
    async stop() {
      await deliverer.stop()
      await sender.close()
    },
  }
}
