import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { parseChecksum, sha256 } from '../build/checksum.js'
import { CliError } from '../cli-error.js'
import { compareText } from '../validate/finding.js'

/** A built package with its verified checksum. */
export interface FoundPackage {
  readonly file: string
  readonly name: string
  readonly bytes: Buffer
  readonly checksum: string
}

const EXTENSION = '.tar.gz'
const BUILD_FIX = 'Run ops-center-plugin build first, or name a package with --path'

/**
 * The package at a path; of a folder, the one built last.
 *
 * @throws CliError when there is none, or when it is not what its checksum file says.
 */
export async function findPackage(path: string): Promise<FoundPackage> {
  const target = resolve(path)
  const kind = await stat(target).catch(() => undefined)
  if (kind === undefined) {
    throw new CliError(
      'package_missing',
      `${path} does not exist: expected a package or a folder with packages`,
      {
        fix: BUILD_FIX,
      },
    )
  }
  const file = kind.isDirectory() ? await newestIn(target, path) : target
  const name = basename(file)
  if (!name.endsWith(EXTENSION)) {
    throw new CliError(
      'package_invalid',
      `${name} is not a package: expected a file that ends in ${EXTENSION}`,
      {
        fix: BUILD_FIX,
      },
    )
  }
  const bytes = await readFile(file)
  const checksum = sha256(bytes)
  await verify(file, name, checksum)
  return { file, name, bytes, checksum }
}

async function newestIn(folder: string, shown: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(EXTENSION)).sort(compareText)
  let newest: { file: string; time: number } | undefined
  for (const name of names) {
    const file = join(folder, name)
    const { mtimeMs } = await stat(file)
    if (newest === undefined || mtimeMs >= newest.time) newest = { file, time: mtimeMs }
  }
  if (newest === undefined) {
    throw new CliError('package_missing', `There is no package in ${shown}`, { fix: BUILD_FIX })
  }
  return newest.file
}

async function verify(file: string, name: string, checksum: string): Promise<void> {
  const fix = 'Build it again: the package or its checksum file was changed since'
  const text = await readFile(`${file}.sha256`, 'utf8').catch(() => undefined)
  if (text === undefined) {
    throw new CliError('checksum_missing', `There is no ${name}.sha256 beside the package`, {
      fix: BUILD_FIX,
    })
  }
  if (parseChecksum(text) !== checksum) {
    throw new CliError('checksum_mismatch', `${name} is not what ${name}.sha256 says`, { fix })
  }
}
