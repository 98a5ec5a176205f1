import { resolve } from 'node:path'
import { createSigningKey, defaultKeyFile } from '../sign/signing-key.js'
import { colors } from '../terminal/colors.js'
import { print, printJson } from '../terminal/print.js'

export interface KeygenOptions {
  readonly output?: string
  readonly json?: boolean
}

/** `keygen`: a key pair to sign packages with. */
export async function keygen({ output, json = false }: KeygenOptions): Promise<void> {
  const file = resolve(output ?? defaultKeyFile())
  const { publicFile, fingerprint } = await createSigningKey(file)
  if (json) {
    printJson({ private_key: file, public_key: publicFile, fingerprint })
    return
  }
  print(`${colors.green('created')} ${file} (private: keep it, give it to nobody)`)
  print(`  public       ${publicFile}`)
  print(`  fingerprint  ${fingerprint}`)
  print(`  next         ops-center-plugin sign`)
}
