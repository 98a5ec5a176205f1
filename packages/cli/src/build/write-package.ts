import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../cli-error.js'
import { makeFolder } from '../files/make-folder.js'
import { formatChecksum, sha256 } from './checksum.js'

export interface WrittenPackage {
  readonly file: string
  readonly checksum: string
  readonly size: number
}

/** Writes a package and its checksum; a failure leaves an earlier build as it was. */
export async function writePackage(folder: string, name: string, archive: Buffer): Promise<WrittenPackage> {
  const file = join(folder, name)
  const checksum = sha256(archive)
  try {
    await makeFolder(folder)
    await writeAtomic(file, archive)
    await writeAtomic(`${file}.sha256`, formatChecksum(checksum, name))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('output_unwritable', `The package cannot be written to ${folder}: ${reason}`, {
      fix: 'Name another folder with --output',
      cause: error,
    })
  }
  return { file, checksum, size: archive.length }
}

async function writeAtomic(file: string, content: Buffer | string): Promise<void> {
  const temporary = join(dirname(file), `.${randomUUID()}.tmp`)
  try {
    await writeFile(temporary, content)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
