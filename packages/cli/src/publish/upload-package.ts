import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from '../cli-error.js'
import { RefusalError } from '../platform/explain-refusal.js'
import type { PlatformClient } from '../platform/platform-client.js'
import type { FoundPackage } from './find-package.js'

export interface UploadOptions {
  readonly changelog?: string | undefined
  /** Ed25519 over the package's bytes, base64. */
  readonly signature?: string | undefined
  /** Called as bytes leave, with how many of how many. */
  readonly onProgress?: (sent: number, total: number) => void
  /** Called before another attempt, with the reason. */
  readonly onRetry?: (reason: string, attempt: number) => void
  /** Milliseconds before the second, third ... attempt. */
  readonly delays?: readonly number[]
}

export interface Uploaded {
  readonly answer: unknown
  /** False when exactly these bytes had been published before. */
  readonly created: boolean
}

/** A large package over a slow line takes its time. */
const UPLOAD_TIMEOUT = 10 * 60_000
const DELAYS = [1_000, 3_000, 8_000]
/** Longer than this nobody watches a terminal. */
const LONGEST_WAIT = 60_000

/**
 * Uploads a package. Broken connections and overload are tried again: the platform answers the same bytes as it did
 * the first time, so nothing can be published twice or by halves.
 *
 * @throws CliError with what the platform said, or why it could not be reached.
 */
export async function uploadPackage(
  client: PlatformClient,
  found: FoundPackage,
  options: UploadOptions,
): Promise<Uploaded> {
  const delays = options.delays ?? DELAYS
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await uploadOnce(client, found, options)
    } catch (error) {
      const delay = delays[attempt - 1]
      if (delay === undefined || !(error instanceof CliError)) throw error
      const pause = pauseBefore(error, delay, attempt)
      if (pause === undefined) throw error
      options.onRetry?.(error.message, attempt + 1)
      await wait(pause)
    }
  }
}

/** How long to wait before another attempt; `undefined` when it would end the same. */
function pauseBefore(error: CliError, delay: number, attempt: number): number | undefined {
  // Where nothing answers at first there is nothing; after an answer, the platform is being started again.
  if (error.code === 'connection_refused' && attempt > 1) return delay
  if (error.code === 'connection_failed' || error.code === 'timed_out') return delay
  if (!(error instanceof RefusalError) || ![429, 502, 503, 504].includes(error.status)) return undefined
  const pause = Math.max(delay, error.retryAfter ?? 0)
  return pause > LONGEST_WAIT ? undefined : pause
}

async function uploadOnce(
  client: PlatformClient,
  { name, bytes, checksum }: FoundPackage,
  { changelog, signature, onProgress }: UploadOptions,
): Promise<Uploaded> {
  const form = new FormData()
  form.set('checksum', checksum)
  if (changelog !== undefined) form.set('changelog', changelog)
  if (signature !== undefined) form.set('signature', signature)
  form.set('file', new Blob([bytes], { type: 'application/gzip' }), name)
  // A Response knows how to write a form as multipart and which boundary it chose.
  const encoded = new Response(form)
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data'
  const total = bytes.length
  let sent = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent = Math.min(total, sent + chunk.length)
      onProgress?.(sent, total)
      controller.enqueue(chunk)
    },
  })
  const response = await client.open('POST', '/plugins/upload', {
    body: (encoded.body ?? new Blob([]).stream()).pipeThrough(counter),
    headers: { 'content-type': contentType },
    timeout: UPLOAD_TIMEOUT,
  })
  return { answer: await client.readJson(response, 'POST /plugins/upload'), created: response.status === 201 }
}
