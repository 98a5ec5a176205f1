import { createHash } from 'node:crypto'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { parseDocument } from 'yaml'
import { bundleComponents, componentsOf } from '../build/bundle-components.js'
import { bundleProblems } from '../build/bundle-plugin.js'
import { sha256 } from '../build/checksum.js'
import { packArchive } from '../build/pack-archive.js'
import { collectPackage, type PackageEntry } from '../build/package-contents.js'
import { listPluginFiles } from '../build/plugin-files.js'
import type { FoundPackage } from '../publish/find-package.js'
import type { Finding } from '../validate/finding.js'
import { loadPluginManifest } from '../validate/load-plugin-manifest.js'
import type { DevBundler } from './dev-bundler.js'

/** A plugin built for the moment. */
export interface DevPackage {
  readonly manifest: Manifest
  /** The manifest's version with what makes this build unique. */
  readonly version: string
  readonly found: FoundPackage
  /** The same for two builds of the same sources. */
  readonly fingerprint: string
}

export type DevBuild =
  | { readonly built: DevPackage; readonly findings: readonly Finding[] }
  | { readonly built: undefined; readonly findings: readonly Finding[] }

/** Speed matters more than size here. */
const FAST = 1

/** Bundles and packs a plugin folder as build number `number`; what is wrong comes as findings. */
export async function buildDevPackage(
  folder: string,
  bundler: DevBundler,
  number: number,
): Promise<DevBuild> {
  const { loaded, findings } = await loadPluginManifest(folder)
  if (loaded === undefined) return { built: undefined, findings }
  const { manifest } = loaded
  const [{ bundle, findings: ofBundle }, components, files] = await Promise.all([
    bundler.bundle(manifest.runtime.entrypoint),
    bundleComponents(folder, componentsOf(manifest)),
    listPluginFiles(folder),
  ])
  const all = [...findings, ...ofBundle, ...components.findings]
  if (bundle === undefined || components.findings.some(({ severity }) => severity === 'error'))
    return { built: undefined, findings: all }
  let entries: PackageEntry[]
  try {
    const [own, vendored] = await Promise.all([
      collectPackage({ folder, files, bundle, components }, manifest),
      bundler.vendored(),
    ])
    entries = [...own, ...vendored]
  } catch (error) {
    return { built: undefined, findings: bundleProblems(error, folder) }
  }
  const version = devVersion(manifest.version, number)
  const named = entries.map((entry) =>
    entry.path === 'plugin.yaml' ? { ...entry, content: devManifest(entry.content, version) } : entry,
  )
  const bytes = await packArchive(manifest.id, named, FAST)
  const found = { file: '', name: `${manifest.id}-${version}.tar.gz`, bytes, checksum: sha256(bytes) }
  return { built: { manifest, version, found, fingerprint: fingerprintOf(entries) }, findings }
}

/** @example devVersion('1.0.0', 3) // '1.0.0-dev.3' */
function devVersion(version: string, number: number): string {
  const [core = version] = version.split('+')
  return `${core}${core.includes('-') ? '.' : '-'}dev.${number}`
}

/** A container's code runs beside the others here, so that nobody needs a container to try it. */
function devManifest(content: Buffer, version: string): Buffer {
  const document = parseDocument(content.toString('utf8'))
  document.set('version', version)
  if (document.get('type') === 'container' || document.getIn(['runtime', 'type']) === 'remote') {
    document.set('type', 'backend')
    document.setIn(['runtime', 'type'], 'node')
    document.deleteIn(['runtime', 'url'])
  }
  return Buffer.from(document.toString({ lineWidth: 0 }))
}

function fingerprintOf(entries: readonly PackageEntry[]): string {
  const hash = createHash('sha256')
  for (const { path, content } of entries) hash.update(`${path}\n${content.length}\n`).update(content)
  return hash.digest('hex')
}
