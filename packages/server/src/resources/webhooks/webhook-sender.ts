import { createHmac, randomBytes } from 'node:crypto'
import dns from 'node:dns'
import { errorMessage } from '@ops-center/plugin-sdk'
import { Agent, request } from 'undici'
import { type Lookup, publicLookup, refusePrivateLiteral } from './public-address.js'

/** Milliseconds a receiver has for its answer, looking up its name included. */
const TIMEOUT_MS = 10_000
/** Bytes of an answer that are read, and thrown away, before the connection is cut. */
const MAX_ANSWER_BYTES = 16_384
const MAX_ERROR_LENGTH = 500

export interface WebhookSenderOptions {
  /** Whether addresses that are not public may be called. */
  allowPrivate: boolean
  /** Milliseconds a receiver has for its answer. Default 10,000. */
  timeout?: number
  lookup?: Lookup
}

/** One request to one receiver. */
export interface WebhookRequest {
  url: string
  webhookId: string
  deliveryId: string
  event: string
  /** RFC 3339, as in the body. */
  timestamp: string
  body: string
  attempt: number
  secret: string
  formerSecret?: string | undefined
  /** Of the span that sends it, else of the one that published the event. */
  traceparent?: string | undefined
}

/** What a receiver answered; anything but 2xx is an error, a redirect too. */
export interface WebhookAnswer {
  statusCode: number | null
  error: string | null
}

/** Sends signed requests to addresses that strangers chose. */
export interface WebhookSender {
  send(request: WebhookRequest, signal: AbortSignal): Promise<WebhookAnswer>
  close(): Promise<void>
}

/** The signature of exactly these bytes: `sha256=<hex HMAC-SHA256>`. */
function signatureOf(body: Uint8Array, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

export function generateWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`
}

/** @example const { statusCode } = await sender.send({ url, body, secret, ... }, signal) */
export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { allowPrivate, timeout = TIMEOUT_MS, lookup = dns.lookup } = options
  const dispatcher = new Agent({
    connect: { timeout, ...(allowPrivate ? {} : { lookup: publicLookup(lookup) }) },
    // A stranger's idle connections are not worth keeping for long.
    keepAliveTimeout: 1_000,
    keepAliveMaxTimeout: 1_000,
    maxResponseSize: -1,
  })
  return {
    async send(delivery, stop) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(timeout)])
      try {
        if (!allowPrivate) refusePrivateLiteral(delivery.url)
        const body = Buffer.from(delivery.body)
        // Redirects are not followed: they would lead past the check of the address.
        const answer = await request(delivery.url, {
          method: 'POST',
          dispatcher,
          signal,
          headers: headersOf(delivery, body),
          body,
        })
        await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined)
        const { statusCode } = answer
        const isAccepted = statusCode >= 200 && statusCode < 300
        return { statusCode, error: isAccepted ? null : `The receiver answered ${statusCode}, expected 2xx` }
      } catch (error) {
        stop.throwIfAborted()
        return {
          statusCode: null,
          error: signal.aborted ? `No answer within ${timeout} ms` : reasonOf(error),
        }
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function headersOf(delivery: WebhookRequest, body: Uint8Array): Record<string, string> {
  const { webhookId, deliveryId, event, timestamp, attempt, secret, formerSecret, traceparent } = delivery
  return {
    'content-type': 'application/json',
    'user-agent': 'Ops-Center-Webhooks',
    'x-webhook-id': webhookId,
    'x-webhook-timestamp': timestamp,
    'x-webhook-event': event,
    'x-webhook-delivery': deliveryId,
    'x-webhook-attempt': String(attempt),
    'x-webhook-signature': signatureOf(body, secret),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(formerSecret === undefined ? {} : { 'x-webhook-signature-former': signatureOf(body, formerSecret) }),
  }
}

function reasonOf(error: unknown): string {
  const reason =
    error instanceof AggregateError ? error.errors.map(errorMessage).join(', ') : errorMessage(error)
  return reason.slice(0, MAX_ERROR_LENGTH)
}
