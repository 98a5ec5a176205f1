import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { rcompare, valid } from 'semver'
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
/** `<id>-<version>.tar.gz`; an id has no dots, so the version begins at the first number with one behind it. */
const NAME = /^([a-z0-9][a-z0-9-]*?)-(\d+\.\d+\.\d+.*)\.tar\.gz$/
const BUILD_FIX = 'Run ops-center-plugin build first, or name a package with --path'

/**
 * The package at a path; of a folder, the highest version.
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

/** By version, not by date: an old version built again is not the newest. */
async function newestIn(folder: string, shown: string): Promise<string> {
  const packages = (await readdir(folder)).flatMap((name) => {
    const [, id, version] = NAME.exec(name) ?? []
    return id === undefined || version === undefined || valid(version) === null ? [] : [{ name, id, version }]
  })
  const ids = [...new Set(packages.map(({ id }) => id))]
  if (ids.length > 1) {
    throw new CliError('package_ambiguous', `${shown} holds packages of several plugins: ${ids.join(', ')}`, {
      fix: 'Name the package itself with --path',
    })
  }
  const [newest] = packages.sort((a, b) => rcompare(a.version, b.version) || compareText(a.name, b.name))
  if (newest === undefined) {
    throw new CliError('package_missing', `There is no package in ${shown}`, { fix: BUILD_FIX })
  }
  return join(folder, newest.name)
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
