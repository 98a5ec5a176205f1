import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../cli-error.js'
import { makeFolder } from '../files/make-folder.js'
import { configFolder } from '../platform/config-folder.js'

/** Where `keygen` writes and `sign` looks when nothing else is said. */
export function defaultKeyFile(): string {
  return process.env.OPS_CENTER_SIGNING_KEY || join(configFolder(), 'signing-key.pem')
}

/** The public half of a key file. */
function publicKeyFile(file: string): string {
  return `${file.replace(/\.pem$/, '')}.pub.pem`
}

/** SHA-256 of a public key in DER form, hexadecimal: how Ops-Center names whoever signed. */
export function fingerprintOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const der = publicKey.export({ format: 'der', type: 'spki' })
  return createHash('sha256').update(der).digest('hex')
}

/**
 * Makes an Ed25519 key pair and writes it as PEM: the private half for its owner alone (mode 600).
 *
 * @throws CliError when a file of that name is there, as another key would be lost, or when it cannot be written.
 */
export async function createSigningKey(file: string): Promise<{ publicFile: string; fingerprint: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const publicFile = publicKeyFile(file)
  await writeNew(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), 0o600)
  try {
    await writeNew(publicFile, publicKey.export({ format: 'pem', type: 'spki' }), 0o644)
  } catch (error) {
    // A private key beside the public half of another one would sign what nobody can verify.
    await rm(file)
    throw error
  }
  return { publicFile, fingerprint: fingerprintOf(publicKey) }
}

async function writeNew(file: string, content: string | Buffer, mode: number): Promise<void> {
  try {
    await makeFolder(dirname(file), 0o700)
    await writeFile(file, content, { mode, flag: 'wx' })
  } catch (error) {
    if (await isThere(file)) {
      throw new CliError('key_exists', `${file} exists already`, {
        fix: 'Sign with it, or name another file with --output',
        cause: error,
      })
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('key_unwritable', `The key cannot be written to ${file}: ${reason}`, {
      fix: 'Name another file with --output',
      cause: error,
    })
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

/**
 * Reads the private key to sign with.
 *
 * @throws CliError when it is missing, no Ed25519 key, or readable by others.
 */
export async function readSigningKey(file: string): Promise<KeyObject> {
  const pem = await readPem(file, 'Make one with ops-center-plugin keygen, or name yours with --key')
  if (/-----BEGIN PUBLIC KEY-----/.test(pem)) {
    throw new CliError('key_invalid', `${file} is a public key: it verifies, and cannot sign`, {
      fix: 'Name the private key made with it with --key',
    })
  }
  if (process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0) {
    throw new CliError('key_exposed', `${file} can be read by others on this machine`, {
      fix: `Run chmod 600 ${file}`,
    })
  }
  return parseKey(file, () => createPrivateKey(pem), 'an Ed25519 private key in PEM form')
}

/**
 * Reads a public key to verify with; of a private key, its public half.
 *
 * @throws CliError when it is missing or no Ed25519 key.
 */
export async function readPublicKey(file: string): Promise<KeyObject> {
  const pem = await readPem(file, "Name the publisher's public key with --key")
  return parseKey(file, () => createPublicKey(pem), 'an Ed25519 public key in PEM form')
}

async function readPem(file: string, fix: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError('key_missing', `The key ${file} cannot be read`, { fix, cause: error })
  }
}

function parseKey(file: string, parse: () => KeyObject, expected: string): KeyObject {
  const fix = 'Make one with ops-center-plugin keygen'
  let key: KeyObject
  try {
    key = parse()
  } catch (error) {
    throw new CliError('key_invalid', `${file} is not a key: expected ${expected}`, { fix, cause: error })
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new CliError(
    'key_invalid',
    `${file} is a key of type ${key.asymmetricKeyType}: expected ${expected}`,
    {
      fix,
    },
  )
}
