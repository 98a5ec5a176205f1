import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isErrorCode } from './error-code.js'
import { guarded } from './file-guard.js'
import { createLimit } from './limit.js'
import { readFirstLine, readText, readTextSync } from './read-text.js'

// Opening and writing happen in the page cache, where a synchronous call takes microseconds and a trip through the
// thread pool takes hundreds. What waits for the disk stays asynchronous: fsync, and a rename while anybody's fsync runs.
const TEMPORARY = '.tmp-'
const TEMPORARY_LIVES = 60 * 60_000
const OPEN_AT_ONCE = 32
// The thread pool has four threads: one stays free for the renames, which hold a guard. A folder takes them one by one.
const FLUSHES_AT_ONCE = 3
const RENAMES_AT_ONCE = 1
const flush = promisify(fsync)

/** One folder of small text files that are replaced whole, durably, and never seen half written. */
export class StorageFolder {
  readonly #directory: string
  readonly #limit = createLimit(OPEN_AT_ONCE)
  readonly #flushes = createLimit(FLUSHES_AT_ONCE)
  readonly #renames = createLimit(RENAMES_AT_ONCE)
  #syncing: Promise<void> = Promise.resolve()
  #nextSync: Promise<void> | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  path(name: string): string {
    return join(this.#directory, name)
  }

  has(name: string): boolean {
    return existsSync(this.path(name))
  }

  /** The text of a file, or undefined when there is none. */
  read(name: string): Promise<string | undefined> {
    return readText(this.path(name))
  }

  /** The first line of a file, or undefined when there is no file. */
  async readFirstLine(name: string): Promise<string | undefined> {
    return readFirstLine(this.path(name))
  }

  /**
   * Replaces a file; resolves when the new one survives a power cut.
   *
   * @param expected the text it must still have (null: it must not exist), else nothing happens and `false` is the answer.
   */
  async replace(name: string, text: string, expected?: string | null): Promise<boolean> {
    const file = this.path(name)
    const written = await this.#limit(async () => {
      const temporary = await this.#writeTemporary(text)
      let replaced = false
      try {
        await this.#renames(() =>
          guarded(file, temporary, async () => {
            if (expected !== undefined && (readTextSync(file) ?? null) !== expected) return
            await rename(temporary, file)
            replaced = true
          }),
        )
        return replaced
      } finally {
        if (!replaced) rmSync(temporary, { force: true })
      }
    })
    if (written) await this.#sync()
    return written
  }

  /** Removes a file when `judge`, given its first line, says so; resolves to whether it was removed. */
  async removeIf(name: string, judge: (firstLine: string) => boolean): Promise<boolean> {
    const file = this.path(name)
    if (!existsSync(file)) return false
    const removed = await guarded(file, file, () => {
      const line = readFirstLine(file)
      if (line === undefined || !judge(line)) return false
      rmSync(file)
      return true
    })
    if (removed) await this.#sync()
    return removed
  }

  /** Removes files, whatever they hold. */
  async removeAll(names: readonly string[]): Promise<void> {
    for (const name of names) rmSync(this.path(name), { force: true })
    if (names.length > 0) await this.#sync()
  }

  /** Makes sure an empty file exists. */
  async touch(name: string): Promise<void> {
    if (!this.has(name)) await this.replace(name, '')
  }

  /** The names of all files; clears away what a process that died in the middle of a write left behind. */
  async list(): Promise<string[]> {
    try {
      const names = await readdir(this.#directory)
      for (const name of names) if (name.startsWith(TEMPORARY)) this.#removeAbandoned(this.path(name))
      return names
    } catch (error) {
      if (isErrorCode(error, 'ENOENT')) return []
      throw error
    }
  }

  async #writeTemporary(text: string): Promise<string> {
    const file = this.path(TEMPORARY + randomUUID())
    const descriptor = this.#create(file)
    try {
      writeFileSync(descriptor, text)
      await this.#flushes(() => flush(descriptor))
    } catch (error) {
      rmSync(file, { force: true })
      throw error
    } finally {
      closeSync(descriptor)
    }
    return file
  }

  #create(file: string): number {
    try {
      return openSync(file, 'wx', 0o600)
    } catch (error) {
      if (!isErrorCode(error, 'ENOENT')) throw error
      mkdirSync(this.#directory, { recursive: true })
      return openSync(file, 'wx', 0o600)
    }
  }

  /** Makes renames durable. Callers that arrive while one flush runs share the next. */
  #sync(): Promise<void> {
    this.#nextSync ??= this.#syncing
      .catch(() => undefined)
      .then(() => {
        this.#nextSync = undefined
        this.#syncing = flushDirectory(this.#directory)
        return this.#syncing
      })
    return this.#nextSync
  }

  #removeAbandoned(file: string): void {
    const status = statSync(file, { throwIfNoEntry: false })
    if (status && Date.now() - status.mtimeMs > TEMPORARY_LIVES) rmSync(file, { force: true })
  }
}

async function flushDirectory(directory: string): Promise<void> {
  // Windows cannot flush a folder, and makes renames durable by itself.
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    await flush(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
