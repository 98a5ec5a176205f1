import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'

const SIGNATURE_BYTES = 64

/** A public key whose signatures this server trusts. */
export interface TrustedKey {
  readonly key: KeyObject
  /** SHA-256 of the key in DER form, hexadecimal. */
  readonly fingerprint: string
}

/**
 * Reads Ed25519 public keys in PEM form.
 *
 * @throws OpsError `trusted_key_invalid` for anything else.
 */
export function parseTrustedKeys(pems: readonly string[]): TrustedKey[] {
  return pems.map((pem) => {
    try {
      const key = createPublicKey(pem)
      if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is a key of type ${key.asymmetricKeyType}`)
      const der = key.export({ format: 'der', type: 'spki' })
      return { key, fingerprint: createHash('sha256').update(der).digest('hex') }
    } catch (cause) {
      throw new OpsError(
        'trusted_key_invalid',
        `A trusted publisher key cannot be used (${errorMessage(cause)}): expected an Ed25519 public key in PEM form`,
        { cause },
      )
    }
  })
}

/**
 * The text of a file with a public key.
 *
 * @throws OpsError `trusted_key_invalid` when it cannot be read.
 */
export async function readTrustedKey(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new OpsError(
      'trusted_key_invalid',
      `The trusted publisher key ${path} cannot be read (${errorMessage(cause)}): see OPS_CENTER_TRUSTED_KEYS`,
      { cause },
    )
  })
}

/** The 64 bytes of a signature in base64 or hexadecimal; undefined when it is neither. */
export function parseSignature(text: string): Buffer | undefined {
  const compact = text.replace(/\s/g, '')
  const bytes = /^[0-9a-f]{128}$/i.test(compact)
    ? Buffer.from(compact, 'hex')
    : Buffer.from(compact, 'base64')
  return bytes.length === SIGNATURE_BYTES ? bytes : undefined
}

/** The trusted key that signed exactly these bytes, if any did. */
export function findSigner(
  bytes: Uint8Array,
  signature: Uint8Array,
  trusted: readonly TrustedKey[],
): TrustedKey | undefined {
  return trusted.find(({ key }) => verify(null, bytes, key, signature))
}
