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
 * Reads a file with an Ed25519 public key in PEM form.
 *
 * @throws OpsError `trusted_key_invalid` for anything else, private keys too: a server has no use for them.
 */
export async function readTrustedKey(path: string): Promise<TrustedKey> {
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw trustedKeyInvalid(
      path,
      `cannot be read (${errorMessage(cause)}): see OPS_CENTER_TRUSTED_KEYS`,
      cause,
    )
  })
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    throw trustedKeyInvalid(
      path,
      'is a private key: name the public one made with it, and keep this one to its owner',
    )
  }
  try {
    return parseTrustedKey(pem)
  } catch (cause) {
    const why = `cannot be used (${errorMessage(cause)}): expected an Ed25519 public key in PEM form`
    throw trustedKeyInvalid(path, why, cause)
  }
}

function parseTrustedKey(pem: string): TrustedKey {
  const key = createPublicKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is a key of type ${key.asymmetricKeyType}`)
  const der = key.export({ format: 'der', type: 'spki' })
  return { key, fingerprint: createHash('sha256').update(der).digest('hex') }
}

function trustedKeyInvalid(path: string, why: string, cause?: unknown): OpsError {
  return new OpsError('trusted_key_invalid', `The trusted publisher key ${path} ${why}`, { cause })
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
