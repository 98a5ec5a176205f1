import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadManifest, type Manifest } from '@ops-center/plugin-sdk/manifest'
import { unpackPackage } from '../registry/archive/unpack-package.js'
import type { Registry } from '../registry/registry.js'

/** A plugin version on this node's disk. */
export interface UnpackedPlugin {
  directory: string
  manifest: Manifest
  /** Absolute path of the file to import. */
  entrypoint: string
}

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

  async #get(pluginId: string, version: string): Promise<UnpackedPlugin> {
    const { checksum } = await this.#registry.resolve(pluginId, version, { yanked: true })
    const parent = join(this.#root, `${pluginId}-${version}-${checksum.slice(0, 12)}`)
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
