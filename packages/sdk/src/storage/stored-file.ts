import { errorMessage } from '../errors.js'
import { StorageCorruptError } from './storage-errors.js'

/** What is known of a stored value without reading the value itself. */
export interface StoredHeader {
  readonly key: string
  readonly expiresAt: number | null
}

/** The text of a storage file: one JSON document whose first line tells key and expiry, so both can be read alone. */
export function storedText(header: StoredHeader, valueJson: string): string {
  const expires = header.expiresAt === null ? null : new Date(header.expiresAt).toISOString()
  return `{"key":${JSON.stringify(header.key)},"expires_at":${JSON.stringify(expires)},\n"value":${valueJson}}\n`
}

/** @throws StorageCorruptError naming the file. */
export function parseHeader(firstLine: string, file: string): StoredHeader {
  if (!firstLine.endsWith(','))
    throw new StorageCorruptError(file, 'it does not begin with a key and an expiry')
  return headerOf(parse(`${firstLine.slice(0, -1)}}`, file), file)
}

/** @throws StorageCorruptError naming the file. */
export function parseStored<T>(
  text: string,
  file: string,
): { readonly header: StoredHeader; readonly value: T } {
  const document = parse(text, file)
  const header = headerOf(document, file)
  if (!('value' in document)) throw new StorageCorruptError(file, 'it has no value')
  // The caller of get<T>() says what it once stored; nothing here could know better.
  return { header, value: document.value as T }
}

function parse(text: string, file: string): object {
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null) return document
  } catch (cause) {
    throw new StorageCorruptError(file, errorMessage(cause), { cause })
  }
  throw new StorageCorruptError(file, 'it does not hold an object')
}

function headerOf(document: object, file: string): StoredHeader {
  const key = 'key' in document ? document.key : undefined
  if (typeof key !== 'string') throw new StorageCorruptError(file, 'it does not name its key')
  const expires = 'expires_at' in document ? document.expires_at : undefined
  if (expires === null) return { key, expiresAt: null }
  const expiresAt = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
  if (Number.isNaN(expiresAt))
    throw new StorageCorruptError(file, 'its expires_at is neither a time nor null')
  return { key, expiresAt }
}
