import { type KeyObject, sign, verify } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { CliError } from '../cli-error.js'

const SIGNATURE_BYTES = 64

/** Where the signature of a package is: beside it. */
function signatureFile(packageFile: string): string {
  return `${packageFile}.sig`
}

/** Signs exactly these bytes and writes the signature in base64 beside the package. */
export async function writeSignature(
  packageFile: string,
  bytes: Uint8Array,
  key: KeyObject,
): Promise<string> {
  const file = signatureFile(packageFile)
  await writeFile(file, `${sign(null, bytes, key).toString('base64')}\n`)
  return file
}

/**
 * The signature beside a package, in base64; `undefined` when there is none.
 *
 * @throws CliError for a file that holds no signature.
 */
export async function readSignature(packageFile: string): Promise<string | undefined> {
  const file = signatureFile(packageFile)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const signature = text.trim()
  if (Buffer.from(signature, 'base64').length === SIGNATURE_BYTES) return signature
  throw new CliError('signature_invalid', `${file} does not hold an Ed25519 signature in base64`, {
    fix: 'Sign the package again with ops-center-plugin sign',
  })
}

/** Whether a signature was made over exactly these bytes with the private half of a key. */
export function isSignedBy(bytes: Uint8Array, signature: string, key: KeyObject): boolean {
  return verify(null, bytes, key, Buffer.from(signature, 'base64'))
}
