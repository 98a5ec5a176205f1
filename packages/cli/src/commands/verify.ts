import { CliError } from '../cli-error.js'
import { findPackage } from '../publish/find-package.js'
import { type InspectedArchive, inspectArchive } from '../sign/inspect-archive.js'
import { isSignedBy, readSignature } from '../sign/signature-file.js'
import { fingerprintOf, readPublicKey } from '../sign/signing-key.js'
import { formatBytes } from '../terminal/byte-size.js'
import { colors } from '../terminal/colors.js'
import { print, printJson } from '../terminal/print.js'

export interface VerifyOptions {
  readonly key?: string
  readonly json?: boolean
}

/** `verify <package>`: checksum, signature, and whether the archive is safe to unpack. */
export async function verify(path: string | undefined, { key, json = false }: VerifyOptions): Promise<void> {
  const found = await findPackage(path ?? 'dist')
  const { manifest, files } = await inspectArchive(found.bytes)
  checkName(found.name, manifest)
  const signature = await readSignature(found.file)
  const signedBy = key === undefined ? undefined : await checkSignature(found, signature, key)
  const unpacked = files.reduce((sum, { size }) => sum + size, 0)
  if (json) {
    const { id, version } = manifest
    printJson({ valid: true, id, version, checksum: found.checksum, signed_by: signedBy ?? null, files })
    return
  }
  print(`${colors.green('verified')} ${manifest.id} ${manifest.version}`)
  print(`  archive    ${files.length} files, ${formatBytes(unpacked)} unpacked, nothing unsafe`)
  print(`  sha256     ${found.checksum}`)
  print(`  signature  ${describe(signature, signedBy)}`)
}

async function checkSignature(
  { name, bytes }: { name: string; bytes: Buffer },
  signature: string | undefined,
  keyFile: string,
): Promise<string> {
  const key = await readPublicKey(keyFile)
  if (signature === undefined) {
    throw new CliError('signature_missing', `There is no ${name}.sig beside the package`, {
      fix: 'Ask its publisher for the signature, or sign it with ops-center-plugin sign',
    })
  }
  if (isSignedBy(bytes, signature, key)) return fingerprintOf(key)
  throw new CliError('signature_mismatch', `${name} was not signed with the key ${keyFile}`, {
    fix: 'Do not install it, unless it was signed with another key that you trust: name that one with --key',
  })
}

function checkName(name: string, { id, version }: InspectedArchive['manifest']): void {
  const expected = `${id}-${version}.tar.gz`
  if (name === expected) return
  throw new CliError('package_misnamed', `${name} holds ${id} ${version}: expected the name ${expected}`, {
    fix: 'Do not rename packages; get it again from where it comes from',
  })
}

function describe(signature: string | undefined, signedBy: string | undefined): string {
  if (signedBy !== undefined) return `by ${signedBy}`
  return signature === undefined ? 'none' : 'there, not checked: name the public key with --key'
}
