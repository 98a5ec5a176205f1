import type { PlatformClient } from '../platform/platform-client.js'
import type { FoundPackage } from './find-package.js'

export interface UploadOptions {
  readonly changelog?: string
  /** Called as bytes leave, with how many of how many. */
  readonly onProgress?: (sent: number, total: number) => void
}

/** A large package over a slow line takes its time. */
const UPLOAD_TIMEOUT = 10 * 60_000

/** Uploads a package as `multipart/form-data` and resolves to the platform's answer. */
export async function uploadPackage(
  client: PlatformClient,
  { name, bytes, checksum }: FoundPackage,
  { changelog, onProgress }: UploadOptions,
): Promise<unknown> {
  const form = new FormData()
  form.set('checksum', checksum)
  if (changelog !== undefined) form.set('changelog', changelog)
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
  return client.request('POST', '/plugins/upload', {
    body: (encoded.body ?? new Blob([]).stream()).pipeThrough(counter),
    headers: { 'content-type': contentType },
    timeout: UPLOAD_TIMEOUT,
  })
}
