import { errorMessage } from '@ops-center/plugin-sdk'
import {
  type Manifest,
  ManifestError,
  type ManifestIssue,
  parseManifestText,
} from '@ops-center/plugin-sdk/manifest'
import { isStorableText } from '../../http/json-object.js'
import type { ArchiveLimits } from './archive-limits.js'
import { PackageError } from './package-error.js'
import { type ArchiveFile, type PackageSource, readArchive } from './read-archive.js'

const MANIFEST_FILE = 'plugin.yaml'
const MAX_MANIFEST_BYTES = 1_000_000

/** What a package turned out to be. */
export interface InspectedPackage {
  readonly manifest: Manifest
  /** Worth telling the author, no reason to refuse the package. */
  readonly warnings: readonly ManifestIssue[]
  /** Relative to the package's root folder. */
  readonly files: readonly ArchiveFile[]
  /** Total size of the files in bytes. */
  readonly unpackedBytes: number
}

/**
 * Checks a package without writing anything: the archive, its manifest, and that the two fit together.
 *
 * @throws PackageError listing what is wrong.
 * @example const { manifest } = await inspectPackage(createReadStream('weather-1.0.0.tar.gz'))
 */
export async function inspectPackage(
  source: PackageSource,
  limits: Partial<ArchiveLimits> = {},
): Promise<InspectedPackage> {
  const manifestChunks: Uint8Array[] = []
  const { root, files } = await readArchive(source, {
    limits,
    onFile: ({ path, size }) => {
      if (path !== MANIFEST_FILE || size > MAX_MANIFEST_BYTES) return undefined
      return (chunk) => manifestChunks.push(chunk)
    },
  })
  const file = files.find(({ path }) => path === MANIFEST_FILE)
  if (!file)
    throw new PackageError(
      `The archive has no ${root || '{id}'}/${MANIFEST_FILE}: every plugin needs its manifest`,
    )
  if (file.size > MAX_MANIFEST_BYTES) {
    throw new PackageError(`${MANIFEST_FILE} has ${file.size} bytes: expected at most ${MAX_MANIFEST_BYTES}`)
  }
  const { manifest, warnings } = readManifest(Buffer.concat(manifestChunks))
  if (root !== manifest.id) {
    throw new PackageError(
      `The archive's root folder is ${JSON.stringify(root)}, the plugin's id ${JSON.stringify(manifest.id)}: expected the same`,
    )
  }
  checkEntrypoint(manifest, files)
  return { manifest, warnings, files, unpackedBytes: files.reduce((sum, { size }) => sum + size, 0) }
}

function readManifest(bytes: Buffer): { manifest: Manifest; warnings: readonly ManifestIssue[] } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const loaded = parseManifestText(text, MANIFEST_FILE)
    if (!isStorable(loaded.manifest)) {
      throw new PackageError(
        `${MANIFEST_FILE} holds a NUL character or half a surrogate pair: expected plain text`,
      )
    }
    return loaded
  } catch (error) {
    if (error instanceof PackageError) throw error
    if (error instanceof ManifestError) {
      const issues = error.issues.map(({ path, message, fix }) => ({ path, message: `${message}. ${fix}` }))
      throw new PackageError(error.message, { issues, cause: error })
    }
    // Nested deep enough, any parser runs out of stack; and bytes may not be UTF-8.
    throw new PackageError(`${MANIFEST_FILE} cannot be read: ${errorMessage(error)}`, { cause: error })
  }
}

function isStorable(manifest: Manifest): boolean {
  let storable = true
  JSON.stringify(manifest, (key, value: unknown) => {
    storable &&= isStorableText(key) && (typeof value !== 'string' || isStorableText(value))
    return value
  })
  return storable
}

/** A frontend runs in the browser, a remote plugin elsewhere: neither needs code for the host to start. */
function checkEntrypoint({ type, runtime }: Manifest, files: readonly ArchiveFile[]): void {
  if (type === 'frontend' || runtime.type === 'remote') return
  const entrypoint = runtime.entrypoint.replace(/^(\.\/)+/, '')
  if (files.some(({ path }) => path === entrypoint)) return
  const message = `runtime.entrypoint is ${JSON.stringify(runtime.entrypoint)}, which is not in the archive: build the plugin before it is packed`
  throw new PackageError(message, { issues: [{ path: 'runtime.entrypoint', message }] })
}
