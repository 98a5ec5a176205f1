import { type Duration, parseDuration } from '../duration.js'
import { OpsError } from '../errors.js'

// The last moment a Date can express.
const LAST_MOMENT = 8.64e15

/**
 * Whole milliseconds of a time to live.
 *
 * @throws OpsError `storage_ttl_invalid` unless it is longer than nothing and ends within the range of dates.
 */
export function ttlMilliseconds(ttl: Duration, now: number): number {
  const milliseconds = Math.ceil(parseDuration(ttl))
  if (milliseconds > 0 && now + milliseconds <= LAST_MOMENT) return milliseconds
  throw new OpsError(
    'storage_ttl_invalid',
    `ttl ${JSON.stringify(ttl)} must be longer than 0 and end before the year 275760: use delete(key) to remove a ` +
      'value, and leave ttl out to keep it for ever',
  )
}

/** The moment a value written now ends, in milliseconds since 1970, or null for never. */
export function expiryOf(ttl: Duration | undefined, now: number): number | null {
  return ttl === undefined ? null : now + ttlMilliseconds(ttl, now)
}

/** Whether a value with this expiry is gone. */
export function isExpired(expiresAt: number | null, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}

/** The expiry after an update, which keeps the one there was unless it sets a new one. */
export function updatedExpiry(current: number | null, ttl: Duration | undefined, now: number): number | null {
  return ttl === undefined ? current : expiryOf(ttl, now)
}
