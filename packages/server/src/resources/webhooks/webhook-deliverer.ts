import { SpanStatusCode } from '@opentelemetry/api'
import type { Job, QueueWorker } from '../../jobs/jobs.js'
import { withSpan } from '../../tracing/with-span.js'
import { type AttemptServices, attemptDelivery, eventOf } from './delivery-attempt.js'
import { DeliveryLanes, type LaneJob } from './delivery-lanes.js'
import { WEBHOOK_QUEUE, type WebhookJobData } from './queue-deliveries.js'
import { type RecordServices, recordAttempt } from './record-attempt.js'
import type { WebhookDirectory } from './webhook-directory.js'

const MAX_BATCH = 100
/** What is under way and waits at most; all of it comes back to the queue when this node dies. */
const MAX_JOBS = 500
/** Milliseconds of work, well below the time after which a job that is not done counts as lost. */
const MAX_BACKLOG_MS = 60_000
const PER_WEBHOOK = 4
const POSTPONE_MS = 15_000

export interface DelivererServices extends AttemptServices, RecordServices {
  directory: WebhookDirectory
  onError: (error: unknown) => void
}

interface DeliveryJob extends LaneJob {
  data: WebhookJobData
}

/** Takes deliveries from their queue and sends them, each webhook's beside the others'. */
export class WebhookDeliverer {
  readonly #services: DelivererServices
  readonly #lanes: DeliveryLanes<DeliveryJob>
  #worker: QueueWorker | undefined

  constructor(services: DelivererServices) {
    this.#services = services
    this.#lanes = new DeliveryLanes<DeliveryJob>({
      work: (job, signal) => this.#deliver(job, signal).catch(services.onError),
      postpone: (jobs, until) => this.#postpone(jobs, until),
      perLane: PER_WEBHOOK,
      maxBacklog: MAX_BACKLOG_MS,
      maxJobs: MAX_JOBS,
      postponeFor: POSTPONE_MS,
    })
  }

  async start(): Promise<void> {
    const { jobs } = this.#services
    await jobs.createQueue(WEBHOOK_QUEUE)
    this.#worker = jobs.work<WebhookJobData>(WEBHOOK_QUEUE, {
      maxBatch: MAX_BATCH,
      handle: (batch, signal) => this.#lanes.add(batch.map(laneJob), signal),
    })
  }

  /** Breaks off what is under way: whoever works next sends it again. */
  async stop(): Promise<void> {
    await this.#worker?.stop()
    await this.#lanes.stop()
  }

  async #deliver({ id }: DeliveryJob, signal: AbortSignal): Promise<void> {
    const { database, directory } = this.#services
    const delivery = await database.kysely
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (delivery?.status !== 'pending') return this.#forget(id)
    const webhook = await database.kysely
      .selectFrom('webhooks')
      .selectAll()
      .where('organization_id', '=', delivery.organization_id)
      .where('id', '=', delivery.webhook_id)
      .executeTakeFirst()
    const event = await eventOf(database.kysely, delivery)
    if (webhook?.status !== 'active') return this.#giveUp(id, 'The webhook is disabled')
    if (!event) return this.#giveUp(id, 'The event is no longer known')
    const attributes = { 'ops.webhook': webhook.id, 'ops.event': delivery.event, 'url.full': webhook.url }
    const attempt = await withSpan(
      'webhook.deliver',
      { kind: 'client', causes: [event.trace], attributes },
      async (span) => {
        const made = await attemptDelivery(this.#services, webhook, delivery, event, signal)
        if (made.error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: made.error })
        return made
      },
    ).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    if (attempt && (await recordAttempt(this.#services, delivery, event, attempt))) await directory.changed()
  }

  async #giveUp(id: string, error: string): Promise<void> {
    const { database, jobs } = this.#services
    await database.kysely.transaction().execute(async (trx) => {
      await jobs.remove(trx, WEBHOOK_QUEUE, [id])
      await trx
        .updateTable('webhook_deliveries')
        .set({ status: 'failed', error, next_attempt_at: null })
        .where('id', '=', id)
        .execute()
    })
  }

  async #forget(id: string): Promise<void> {
    const { database, jobs } = this.#services
    await database.kysely.transaction().execute((trx) => jobs.remove(trx, WEBHOOK_QUEUE, [id]))
  }

  async #postpone(waiting: readonly DeliveryJob[], runAt: Date): Promise<void> {
    const { database, jobs } = this.#services
    await database.kysely.transaction().execute(async (trx) => {
      await jobs.remove(
        trx,
        WEBHOOK_QUEUE,
        waiting.map(({ id }) => id),
      )
      await jobs.insert(
        trx,
        waiting.map(({ id, data }) => ({ queue: WEBHOOK_QUEUE, id, data, runAt })),
      )
    })
  }
}

function laneJob({ id, data }: Job<WebhookJobData>): DeliveryJob {
  return { id, data, lane: `${data.organization_id}/${data.webhook_id}` }
}
