import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { compareText } from '../validate/finding.js'
import type { Validation } from '../validate/validate-plugin.js'
import { packManifest } from './packed-manifest.js'

/** A file of a package: its path below `{id}/` and its bytes. */
export interface PackageEntry {
  readonly path: string
  readonly content: Buffer
}

const ENTRYPOINT = 'main.js'

/** Everything that goes into a package: `plugin.yaml` first, then by name. */
export async function collectPackage(
  { folder, files, bundle, components }: Pick<Validation, 'folder' | 'files' | 'bundle' | 'components'>,
  manifest: Manifest,
): Promise<PackageEntry[]> {
  const entries = new Map<string, Buffer>()
  const bundled = new Set([...(bundle?.ownFiles ?? []), ...(components?.paths.keys() ?? [])])
  for (const { path, isSource } of files?.files ?? []) {
    if (!isSource && !bundled.has(path)) entries.set(path, await readFile(join(folder, path)))
  }
  for (const [path, code] of components?.files ?? []) entries.set(path, Buffer.from(code))
  if (bundle !== undefined) {
    entries.set(ENTRYPOINT, Buffer.from(bundle.code))
    entries.set(`${ENTRYPOINT}.map`, Buffer.from(bundle.map))
  }
  entries.set('package.json', Buffer.from(packageJson(manifest)))
  const text = await readFile(join(folder, 'plugin.yaml'), 'utf8')
  const entrypoint = bundle === undefined ? undefined : ENTRYPOINT
  const manifestText = packManifest(text, { entrypoint, components: components?.paths ?? new Map() })
  entries.delete('plugin.yaml')
  const rest = [...entries].map(([path, content]) => ({ path, content }))
  rest.sort((a, b) => compareText(a.path, b.path))
  return [{ path: 'plugin.yaml', content: Buffer.from(manifestText) }, ...rest]
}

/** Says that `main.js` is an ES module; the author's own may name local paths and tools nobody needs here. */
function packageJson({ id, version }: Manifest): string {
  return `${JSON.stringify({ name: id, version, private: true, type: 'module', main: ENTRYPOINT }, null, 2)}\n`
}
