import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isErrorCode } from './error-code.js'
import { createLimit } from './limit.js'
import { StorageCorruptError } from './storage-errors.js'

const SMALL = 64 * 1024
const LINE_CHUNK = 4096
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const limit = createLimit(32)

/**
 * The whole text of a file, or undefined when there is none.
 *
 * @throws StorageCorruptError when it is not UTF-8.
 */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return decode(readSmall(file) ?? (await limit(() => readFile(file))), file)
  } catch (error) {
    return undefinedWhenAbsent(error)
  }
}

/** As {@link readText}, for sections in which nothing may come between. */
export function readTextSync(file: string): string | undefined {
  try {
    return decode(readFileSync(file), file)
  } catch (error) {
    return undefinedWhenAbsent(error)
  }
}

/** Small files come from the page cache within microseconds; only large ones are worth a trip to the thread pool. */
function readSmall(file: string): Uint8Array | undefined {
  const descriptor = openSync(file, 'r')
  try {
    return fstatSync(descriptor).size <= SMALL ? readFileSync(descriptor) : undefined
  } finally {
    closeSync(descriptor)
  }
}

/**
 * The first line, or undefined when there is no file. Bytes that are not UTF-8 show as U+FFFD: whoever parses the line
 * decides what a broken one means.
 */
export function readFirstLine(file: string): string | undefined {
  try {
    const descriptor = openSync(file, 'r')
    try {
      return readLine(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    return undefinedWhenAbsent(error)
  }
}

function readLine(descriptor: number): string {
  const chunks: Buffer[] = []
  while (true) {
    const chunk = Buffer.allocUnsafe(LINE_CHUNK)
    const length = readSync(descriptor, chunk)
    const end = chunk.subarray(0, length).indexOf('\n')
    chunks.push(chunk.subarray(0, end < 0 ? length : end))
    if (end >= 0 || length === 0) return Buffer.concat(chunks).toString('utf8')
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new StorageCorruptError(file, 'it is not UTF-8 text', { cause })
  }
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (isErrorCode(error, 'ENOENT')) return undefined
  throw error
}
