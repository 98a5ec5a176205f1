import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadManifest, type Manifest } from '@ops-center/plugin-sdk/manifest'
import { unpackPackage } from '../../registry/archive/unpack-package.js'
import type { Registry } from '../../registry/registry.js'
import type { StoredInstallation } from '../installations/installation.js'

/** A plugin version on this node's disk. */
export interface UnpackedPlugin {
  directory: string
  manifest: Manifest
  /** Absolute path of the file to import. */
  entrypoint: string
}

/** Characters of the checksum in a folder's name. */
const CHECKSUM_LENGTH = 12

/**
 * Plugin versions unpacked on this node, shared by the installations of all organizations; whatever is missing
 * is unpacked again from the registry.
 */
export class PluginFiles {
  readonly #root: string
  readonly #registry: Registry
  readonly #unpacking = new Map<string, Promise<UnpackedPlugin>>()

  constructor(dataDir: string, registry: Registry) {
    this.#root = join(dataDir, 'plugins')
    this.#registry = registry
  }

  /** The unpacked version; one unpacking at a time for each. */
  get(pluginId: string, version: string): Promise<UnpackedPlugin> {
    const name = `${pluginId}@${version}`
    const under = this.#unpacking.get(name)
    if (under) return under
    const unpacking = this.#get(pluginId, version).finally(() => this.#unpacking.delete(name))
    this.#unpacking.set(name, unpacking)
    return unpacking
  }

  /** Removes versions that nobody runs or may go back to; to be called before anything is unpacked. */
  async prune(
    installed: readonly Pick<StoredInstallation, 'plugin_id' | 'version' | 'previous_version'>[],
  ): Promise<void> {
    const kept = new Set(
      installed.flatMap(({ plugin_id, version, previous_version }) => [
        `${plugin_id}-${version}`,
        `${plugin_id}-${previous_version}`,
      ]),
    )
    // A data folder that is new has none.
    const folders = await readdir(this.#root).catch(() => [])
    for (const folder of folders) {
      if (!kept.has(folder.slice(0, -CHECKSUM_LENGTH - 1)))
        await rm(join(this.#root, folder), { recursive: true, force: true })
    }
  }

  async #get(pluginId: string, version: string): Promise<UnpackedPlugin> {
    const { checksum } = await this.#registry.resolve(pluginId, version, { yanked: true })
    const parent = join(this.#root, `${pluginId}-${version}-${checksum.slice(0, CHECKSUM_LENGTH)}`)
    const directory = join(parent, pluginId)
    if (!(await isDirectory(directory))) {
      await rm(parent, { recursive: true, force: true })
      await mkdir(parent, { recursive: true, mode: 0o700 })
      // Plugins are ES modules, whether or not their package says so.
      await writeFile(join(parent, 'package.json'), '{"type":"module"}\n')
      await unpackPackage(await this.#registry.readPackage(pluginId, version), directory)
    }
    const { manifest } = await loadManifest(join(directory, 'plugin.yaml'))
    return { directory, manifest, entrypoint: join(directory, manifest.runtime?.entrypoint ?? 'main.js') }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}
