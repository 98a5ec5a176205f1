import { createHash } from 'node:crypto'

const EXTENSION = '.json'
// File systems allow 255 bytes; this leaves room for the extension and the lock beside the file.
const LONGEST = 180
const HASHED = /^%%[0-9a-f]{64}$/
// Windows keeps these names for devices, whatever extension follows.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/
const PLAIN = /[a-z0-9_-]/

/**
 * The file name of a key: lower-case letters, digits, `-` and `_` stand for themselves, every other byte of its UTF-8
 * becomes `%xx`. Different keys have different names even where the file system ignores case. Names too long for a
 * file system become a hash; the key is then found only inside the file.
 *
 * @example fileNameOf('device:1') // 'device%3a1.json'
 */
export function fileNameOf(key: string): string {
  if (key === '') return `%${EXTENSION}`
  let name = ''
  for (const byte of Buffer.from(key, 'utf8')) {
    const character = String.fromCharCode(byte)
    name += PLAIN.test(character) ? character : escapeByte(byte)
    if (name.length > LONGEST) return `%%${createHash('sha256').update(key).digest('hex')}${EXTENSION}`
  }
  if (RESERVED.test(name)) name = escapeByte(name.charCodeAt(0)) + name.slice(1)
  return name + EXTENSION
}

/** What a file name says: its key, that the key is inside the file, or (undefined) that it is not one of ours. */
export function parseFileName(name: string): { readonly key: string | undefined } | undefined {
  if (!name.endsWith(EXTENSION)) return undefined
  const stem = name.slice(0, -EXTENSION.length)
  if (HASHED.test(stem)) return { key: undefined }
  const key = stem === '%' ? '' : decode(stem)
  return key !== undefined && fileNameOf(key) === name ? { key } : undefined
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`
}

function decode(stem: string): string | undefined {
  try {
    return decodeURIComponent(stem)
  } catch {
    return undefined
  }
}
