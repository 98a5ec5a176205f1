import { OpsError } from '../errors.js'

/**
 * Checks a storage key: any string that UTF-8 can carry, the empty one included.
 *
 * @throws OpsError `storage_key_invalid`.
 */
export function assertStorageKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') {
    throw new OpsError(
      'storage_key_invalid',
      `a storage key is a string, not ${describe(key)}: use String(key)`,
    )
  }
  // With the u flag a surrogate matches only where its other half is missing.
  if (/\p{Surrogate}/u.test(key)) {
    throw new OpsError(
      'storage_key_invalid',
      `storage key ${JSON.stringify(key)} contains half a surrogate pair, usually a string cut inside an emoji: ` +
        'use key.toWellFormed()',
    )
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value
}
