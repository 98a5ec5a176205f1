import { createHash } from 'node:crypto'

/** SHA-256 of some bytes in lower-case hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A line as `sha256sum` writes and checks it. */
export function formatChecksum(checksum: string, fileName: string): string {
  return `${checksum}  ${fileName}\n`
}

/** The checksum in a `sha256sum` file, or `undefined` when there is none. */
export function parseChecksum(text: string): string | undefined {
  return /^([0-9a-f]{64})(?:\s|$)/i.exec(text.trim())?.[1]?.toLowerCase()
}
