import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy } from '@fastify/busboy'
import { errorMessage } from '@ops-center/plugin-sdk'
import { HttpProblem } from '../../http/http-problem.js'
import { type BodyReader, createBodyReader } from './body-reader.js'

const FILE_FIELD = 'file'
const MAX_FIELD_BYTES = 100_000
const MAX_FIELDS = 20
/** Boundaries, part headers and fields around the file. */
const FORM_OVERHEAD_BYTES = 3_000_000
/** How many times the limit is read and thrown away before the connection of a client that sends on is closed. */
const DISCARD_FACTOR = 4

export interface UploadLimits {
  /** Bytes of the file. */
  maxPackageBytes: number
  /** Where the file waits while it is checked; default: the system's folder for temporary files. */
  temporaryDirectory?: string | undefined
}

/** A form that was received completely. */
export interface ReceivedUpload {
  /** Path of the file on disk; it is gone when the upload has been handled. */
  readonly file: string
  /** Bytes. */
  readonly size: number
  /** SHA-256 of what was received, hexadecimal. */
  readonly checksum: string
  readonly fields: ReadonlyMap<string, string>
}

/**
 * Streams the file of a multipart form to disk, hands it to `handle`, and removes it whatever happens.
 *
 * @throws HttpProblem 413 when the file is too large, 415 when the request is not a multipart form, 422 when the form
 * is damaged or has no file.
 */
export async function withUpload<T>(
  request: Request,
  limits: UploadLimits,
  handle: (upload: ReceivedUpload) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(limits.temporaryDirectory ?? tmpdir(), 'ops-center-upload-'))
  try {
    return await handle(await receive(request, join(folder, 'package.tar.gz'), limits))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function receive(request: Request, path: string, limits: UploadLimits): Promise<ReceivedUpload> {
  const body = createBodyReader(request)
  try {
    const contentType = request.headers.get('content-type') ?? ''
    if (!/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
      throw new HttpProblem(415, `Send the package as multipart/form-data with a field "${FILE_FIELD}"`)
    }
    if (Number(request.headers.get('content-length') ?? 0) > maxFormBytes(limits)) throw tooLarge(limits)
    return await receiveForm(body, contentType, path, limits)
  } catch (error) {
    await body.discard(DISCARD_FACTOR * limits.maxPackageBytes)
    throw error
  }
}

async function receiveForm(
  body: BodyReader,
  contentType: string,
  path: string,
  limits: UploadLimits,
): Promise<ReceivedUpload> {
  const form = createForm(contentType, limits)
  const fields = new Map<string, string>()
  const hash = createHash('sha256')
  const stop = new AbortController()
  let size = 0
  let problem: HttpProblem | undefined
  let written: Promise<void> | undefined
  let broken: unknown

  const fail = (found: HttpProblem): void => {
    problem ??= found
    stop.abort()
  }
  form.on('field', (name, value, nameTruncated, valueTruncated) => {
    if (nameTruncated || valueTruncated) fail(invalidField(name, `expected at most ${MAX_FIELD_BYTES} bytes`))
    else if (fields.has(name)) fail(invalidField(name, 'expected once, given twice'))
    else fields.set(name, value)
  })
  form.on('file', (name, stream) => {
    if (name !== FILE_FIELD)
      return fail(invalidField(name, `is not expected, only a file named "${FILE_FIELD}"`))
    stream.on('limit', () => fail(tooLarge(limits)))
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length
        hash.update(chunk)
        done(null, chunk)
      },
    })
    written = pipeline(stream, measure, createWriteStream(path, { mode: 0o600 }), { signal: stop.signal })
    written.catch(() => stop.abort())
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    form.on(limit, () =>
      fail(new HttpProblem(422, `The form has too many fields: expected one file and a few fields`)),
    )
  }

  async function* limited() {
    let received = 0
    for await (const chunk of body.chunks()) {
      received += chunk.byteLength
      if (received > maxFormBytes(limits)) throw tooLarge(limits)
      yield chunk
    }
  }
  try {
    await pipeline(Readable.from(limited()), form, { signal: stop.signal })
  } catch (error) {
    broken = error
    stop.abort()
  }
  const [outcome] = await Promise.allSettled([written])
  if (problem) throw problem
  if (outcome?.status === 'rejected' && isDiskError(outcome.reason)) throw outcome.reason
  if (broken instanceof HttpProblem) throw broken
  if (broken !== undefined) {
    throw new HttpProblem(422, `The form is not complete: ${errorMessage(broken)}`, { cause: broken })
  }
  if (outcome?.status === 'rejected') throw outcome.reason
  if (!written) throw invalidField(FILE_FIELD, 'expected the package, a .tar.gz')
  return { file: path, size, checksum: hash.digest('hex'), fields }
}

function createForm(contentType: string, { maxPackageBytes }: UploadLimits) {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        files: 1,
        fields: MAX_FIELDS,
        parts: MAX_FIELDS + 1,
        fieldSize: MAX_FIELD_BYTES,
        fileSize: maxPackageBytes,
        headerPairs: 20,
      },
      isPartAFile: (name, _type, fileName) => name === FILE_FIELD || fileName !== undefined,
    })
  } catch (cause) {
    throw new HttpProblem(422, `The form cannot be read: ${errorMessage(cause)}`, { cause })
  }
}

function maxFormBytes({ maxPackageBytes }: UploadLimits): number {
  return maxPackageBytes + FORM_OVERHEAD_BYTES
}

/** A full disk is no fault of the client. */
function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function tooLarge({ maxPackageBytes }: UploadLimits): HttpProblem {
  return new HttpProblem(
    413,
    `The package is larger than ${maxPackageBytes} bytes: leave out what the plugin does not need`,
  )
}

function invalidField(name: string, detail: string): HttpProblem {
  const field = name.slice(0, 100)
  return new HttpProblem(422, `Form field ${JSON.stringify(field)}: ${detail}`, {
    errors: [{ pointer: `/${field}`, detail }],
  })
}
