import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar'
import type { ArchiveLimits } from './archive-limits.js'
import { type InspectedPackage, inspectPackage } from './inspect-package.js'
import { PackageError } from './package-error.js'

/**
 * Unpacks a package so that `targetDirectory` holds what was in its root folder, or nothing at all: it is written
 * beside the target and moved there when complete.
 *
 * @throws PackageError when the package is not safe to unpack, or the target exists already.
 * @example await unpackPackage(bytes, '/var/lib/ops-center/packages/weather/1.0.0')
 */
export async function unpackPackage(
  bytes: Uint8Array,
  targetDirectory: string,
  limits: Partial<ArchiveLimits> = {},
): Promise<InspectedPackage> {
  const inspected = await inspectPackage(bytes, limits)
  const target = resolve(targetDirectory)
  const temporary = join(dirname(target), `.unpack-${randomUUID()}`)
  try {
    await mkdir(temporary, { recursive: true, mode: 0o755 })
    await write(bytes, temporary)
    await moveInto(join(temporary, inspected.manifest.id), target)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return inspected
}

/** Every path was checked by now; owners, times and modes of the archive mean nothing here. */
async function write(bytes: Uint8Array, cwd: string): Promise<void> {
  const extractor = extract({
    cwd,
    strict: true,
    preserveOwner: false,
    noMtime: true,
    onReadEntry: (entry) => {
      entry.mode = entry.type === 'Directory' ? 0o755 : 0o644
    },
  })
  await pipeline(Readable.from([bytes]), extractor)
}

/** Moving onto a folder that is not empty fails, so of two that unpack at once one wins and nothing is mixed. */
async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (cause) {
    if (
      !(cause instanceof Error && 'code' in cause && (cause.code === 'ENOTEMPTY' || cause.code === 'EEXIST'))
    )
      throw cause
    throw new PackageError(`Cannot unpack into ${to}: expected a folder that does not exist yet`, { cause })
  }
}
