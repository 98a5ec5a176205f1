import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { errorMessage } from '@ops-center/plugin-sdk'
import { Parser, type ReadEntry } from 'tar'
import { ARCHIVE_LIMITS, type ArchiveLimits } from './archive-limits.js'
import { parseEntryPath, shownPath } from './entry-path.js'
import { createEntryRegister, type EntryRegister } from './entry-register.js'
import { PackageError } from './package-error.js'

/** The bytes of a package, in one piece or many. */
export type PackageSource = Uint8Array | AsyncIterable<Uint8Array>

/** A file of an archive. */
export interface ArchiveFile {
  /** Relative to the root folder. */
  readonly path: string
  /** Bytes. */
  readonly size: number
}

export interface ArchiveContents {
  /** Name of the one folder that holds everything. */
  readonly root: string
  readonly files: readonly ArchiveFile[]
}

export interface ReadArchiveOptions {
  limits?: Partial<ArchiveLimits>
  /** Asked for each file; what it returns receives the file's bytes. */
  onFile?: (file: ArchiveFile) => ((chunk: Uint8Array) => void) | undefined
}

const GZIP = [0x1f, 0x8b]
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd]

/**
 * Walks through a `.tar.gz` from a stranger without writing anything, in bounded memory.
 *
 * @throws PackageError for anything but plain files and folders below one root folder, paths that are not safe or
 * collide, more than the limits allow, and archives that are damaged or incomplete.
 * @example const { root, files } = await readArchive(await readFile('weather-1.0.0.tar.gz'))
 */
export async function readArchive(
  source: PackageSource,
  options: ReadArchiveOptions = {},
): Promise<ArchiveContents> {
  const limits = { ...ARCHIVE_LIMITS, ...options.limits }
  const walk = new ArchiveWalk(limits, options.onFile)
  const input = Readable.from(source instanceof Uint8Array ? [source] : source)
  const gunzip = createGunzip()
  input.on('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of input.pipe(gunzip)) walk.write(chunk)
    return walk.end()
  } catch (error) {
    throw asPackageError(error)
  } finally {
    input.destroy()
    gunzip.destroy()
  }
}

class ArchiveWalk {
  readonly #limits: ArchiveLimits
  readonly #onFile: ReadArchiveOptions['onFile']
  readonly #register: EntryRegister = createEntryRegister()
  readonly #parser = new Parser({ strict: true })
  readonly #files: ArchiveFile[] = []
  #root = ''
  #entries = 0
  #unpackedBytes = 0
  #ended = false
  #failure: unknown

  constructor(limits: ArchiveLimits, onFile: ReadArchiveOptions['onFile']) {
    this.#limits = limits
    this.#onFile = onFile
    this.#parser.on('error', (error: unknown) => {
      this.#failure ??= error
    })
    this.#parser.on('eof', () => {
      this.#ended = true
    })
    this.#parser.on('meta', () => this.#count())
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => this.#attempt(() => refuse(entry)))
    this.#parser.on('entry', (entry: ReadEntry) => this.#attempt(() => this.#take(entry)))
  }

  write(chunk: Buffer): void {
    // The parser would unpack an archive within the archive, past the limits.
    if (
      this.#unpackedBytes === 0 &&
      [GZIP, ZSTD].some((magic) => magic.every((byte, at) => chunk[at] === byte))
    ) {
      throw new PackageError('The archive is compressed twice: expected a .tar.gz')
    }
    this.#unpackedBytes += chunk.length
    if (this.#unpackedBytes > this.#limits.maxUnpackedBytes) {
      throw new PackageError(
        `The archive unpacks to more than ${this.#limits.maxUnpackedBytes} bytes: leave out data`,
      )
    }
    // What follows the end marker is padding; the parser would pile it up.
    if (!this.#ended) this.#parser.write(chunk)
    this.#check()
  }

  end(): ArchiveContents {
    if (!this.#ended)
      throw new PackageError('The archive is incomplete, its end marker is missing: build it again')
    this.#parser.end()
    this.#check()
    return { root: this.#root, files: this.#files }
  }

  #take(entry: ReadEntry): void {
    this.#count()
    if (entry.type !== 'File' && entry.type !== 'OldFile' && entry.type !== 'Directory') refuse(entry)
    const names = parseEntryPath(entry.path, this.#limits)
    const kind = entry.type === 'Directory' ? 'folder' : 'file'
    this.#register.add(names, kind)
    this.#root = names[0] ?? ''
    const { size } = entry
    if (!Number.isSafeInteger(size) || size > this.#limits.maxFileBytes) {
      throw new PackageError(
        `The archive holds ${shownPath(entry.path)} of ${size} bytes: expected at most ${this.#limits.maxFileBytes}`,
      )
    }
    const sink = kind === 'file' ? this.#accept({ path: names.slice(1).join('/'), size }) : undefined
    if (sink) entry.on('data', sink)
    entry.resume()
  }

  #accept(file: ArchiveFile): ((chunk: Uint8Array) => void) | undefined {
    this.#files.push(file)
    return this.#onFile?.(file)
  }

  #count(): void {
    this.#entries++
    if (this.#entries > this.#limits.maxEntries) {
      this.#failure ??= new PackageError(
        `The archive holds more than ${this.#limits.maxEntries} entries: leave out data`,
      )
    }
  }

  /** The parser's events are no place to throw from: its own state would be lost. */
  #attempt(work: () => void): void {
    if (this.#failure !== undefined) return
    try {
      work()
    } catch (error) {
      this.#failure = error
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

function refuse(entry: ReadEntry): never {
  throw new PackageError(
    `The archive holds ${shownPath(entry.path)} of type ${entry.type}: expected only files and folders`,
  )
}

function asPackageError(error: unknown): unknown {
  if (error instanceof PackageError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^(Z_|TAR_)/.test(code)) return error
  const reason = errorMessage(error).replace(/^TAR_\w+: /, '')
  return new PackageError(`The package is not a complete .tar.gz (${reason}): build it again`, {
    cause: error,
  })
}
