import { type Manifest, ManifestError, parseManifestText } from '@ops-center/plugin-sdk/manifest'
import { list, type ReadEntry } from 'tar'
import { CliError } from '../cli-error.js'
import { withoutControls } from '../terminal/print.js'

/** What is in a package. */
export interface InspectedArchive {
  readonly manifest: Manifest
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

const MAX_ENTRIES = 10_000
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024
const MAX_MANIFEST_BYTES = 1_000_000
const FIX = 'Do not install it; build it again from its sources with ops-center-plugin build'

/**
 * Looks into a package without unpacking it: links, paths that lead elsewhere, several roots, bombs, the manifest.
 *
 * @throws CliError `package_unsafe` or `package_invalid` with the first thing that is wrong.
 */
export async function inspectArchive(bytes: Buffer): Promise<InspectedArchive> {
  const files: { path: string; size: number }[] = []
  const manifestChunks: Buffer[] = []
  const roots = new Set<string>()
  const seen = new Set<string>()
  let unpacked = 0
  let entries = 0
  let problem: CliError | undefined
  const onReadEntry = (entry: ReadEntry): void => {
    entries += 1
    unpacked += entry.size
    problem ??= problemOf(entry, seen) ?? excess(entries, unpacked)
    const [root = '', ...rest] = entry.path.split('/')
    roots.add(root)
    const path = rest.join('/')
    if (entry.type !== 'Directory') files.push({ path, size: entry.size })
    if (path === 'plugin.yaml' && entry.size <= MAX_MANIFEST_BYTES) {
      entry.on('data', (chunk: Buffer) => manifestChunks.push(chunk))
    } else entry.resume()
  }
  try {
    const parser = list({ onReadEntry, strict: true })
    await new Promise<void>((resolve, reject) => {
      parser.on('end', resolve)
      parser.on('error', reject)
      parser.end(bytes)
    })
  } catch (error) {
    throw problem ?? invalid(`The package is not a .tar.gz archive: ${messageOf(error)}`, error)
  }
  if (problem !== undefined) throw problem
  if (roots.size !== 1) {
    throw unsafe(
      `The archive has the root folders ${[...roots].map(shown).join(', ') || 'none'}: expected one`,
    )
  }
  const manifest = readManifest(manifestChunks)
  const [root = ''] = roots
  if (root !== manifest.id) {
    throw invalid(
      `The archive's folder is ${shown(root)}, the plugin's id ${shown(manifest.id)}: expected the same`,
    )
  }
  return { manifest, files }
}

function readManifest(chunks: readonly Buffer[]): Manifest {
  if (chunks.length === 0) throw invalid('The archive has no plugin.yaml in its folder')
  try {
    return parseManifestText(Buffer.concat(chunks).toString('utf8'), 'plugin.yaml').manifest
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const fix = 'Correct plugin.yaml, then build it again with ops-center-plugin build'
    throw new CliError('package_invalid', `The package's manifest is wrong: ${error.message}`, {
      fix,
      cause: error,
    })
  }
}

function problemOf({ path, type }: ReadEntry, seen: Set<string>): CliError | undefined {
  if (!['File', 'OldFile', 'Directory'].includes(type)) {
    return unsafe(`The archive holds ${shown(path)}, which is not a file or folder but a ${type}`)
  }
  const names = path.replace(/\/$/, '').split('/')
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.includes('\\')) {
    return unsafe(`The archive holds ${shown(path)}, which is not a relative path`)
  }
  if (names.some((name) => name === '..' || name === '.' || name === '')) {
    return unsafe(`The archive holds ${shown(path)}, which leads out of its folder`)
  }
  const key = names.join('/').normalize('NFC').toLowerCase()
  if (type !== 'Directory' && seen.has(key)) {
    return unsafe(`The archive holds ${shown(path)} twice, or with other capitals`)
  }
  seen.add(key)
  return undefined
}

function excess(entries: number, unpacked: number): CliError | undefined {
  if (entries > MAX_ENTRIES) return unsafe(`The archive has more than ${MAX_ENTRIES} entries`)
  return unpacked > MAX_UNPACKED_BYTES
    ? unsafe(`The archive has more than ${MAX_UNPACKED_BYTES} bytes when unpacked`)
    : undefined
}

function shown(path: string): string {
  return JSON.stringify(withoutControls(path.slice(0, 200)))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function unsafe(message: string): CliError {
  return new CliError('package_unsafe', message, { fix: FIX })
}

function invalid(message: string, cause?: unknown): CliError {
  return new CliError('package_invalid', message, { fix: FIX, cause })
}
