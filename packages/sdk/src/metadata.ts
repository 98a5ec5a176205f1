import { type Manifest, type ManifestInput, parseManifest } from './manifest/index.js'

/** What a plugin says about itself in code: the manifest without what its registrations tell. */
export type PluginMetadata = Pick<ManifestInput, 'id' | 'name' | 'version'> &
  Partial<
    Omit<ManifestInput, 'id' | 'name' | 'version' | 'hooks' | 'filters' | 'routes' | 'tasks' | 'api_routes'>
  >

/** The metadata with every default filled in, as `plugin.metadata` shows it. */
export type ResolvedMetadata = Readonly<Manifest>

/**
 * Checks and completes the metadata of a plugin.
 *
 * @throws ManifestError naming each field that is wrong: an empty id, the version `banana`, an id like `../../evil`.
 */
export function resolveMetadata(metadata: PluginMetadata): ResolvedMetadata {
  const manifest = parseManifest({
    description: metadata.name,
    author: 'unknown',
    type: 'backend',
    ...metadata,
  })
  return Object.freeze(manifest)
}
