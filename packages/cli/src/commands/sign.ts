import { relative } from 'node:path'
import { findPackage } from '../publish/find-package.js'
import { writeSignature } from '../sign/signature-file.js'
import { defaultKeyFile, fingerprintOf, readSigningKey } from '../sign/signing-key.js'
import { colors } from '../terminal/colors.js'
import { print, printJson } from '../terminal/print.js'

export interface SignOptions {
  readonly key?: string
  readonly json?: boolean
}

/** `sign [package]`: writes an Ed25519 signature beside a package. */
export async function sign(path: string | undefined, { key, json = false }: SignOptions): Promise<void> {
  const found = await findPackage(path ?? 'dist')
  const signingKey = await readSigningKey(key ?? defaultKeyFile())
  const file = await writeSignature(found.file, found.bytes, signingKey)
  const fingerprint = fingerprintOf(signingKey)
  if (json) {
    printJson({ package: found.file, signature: file, fingerprint })
    return
  }
  const shown = relative('.', file)
  print(`${colors.green('signed')} ${found.name}`)
  print(`  signature    ${shown.startsWith('..') ? file : shown}`)
  print(`  fingerprint  ${fingerprint}`)
}
