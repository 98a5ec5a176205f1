import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const GENERATED = /^(ock_[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/

/** A new key: `ock_<prefix>_<secret>`, the secret 256 random bits. */
export function generateApiKey(): string {
  return `ock_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`
}

/** The part of a key by which it is found and shown; a key somebody chose is found by its hash. */
export function prefixOf(key: string): string {
  return GENERATED.exec(key)?.[1] ?? `own_${hashOf(key).slice(0, 12)}`
}

/** What is kept of a key. SHA-256 is enough: there is nothing to guess in 256 random bits. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Whether a key is the one that was hashed, in a time that does not depend on how much of it is right. */
export function matchesHash(key: string, hash: string): boolean {
  const [left, right] = [Buffer.from(hashOf(key)), Buffer.from(hash)]
  return left.length === right.length && timingSafeEqual(left, right)
}
