import { inspectManifest, type Manifest } from '@ops-center/plugin-sdk/manifest'
import { bundlePlugin } from '../build/bundle-plugin.js'
import { inspectBundle } from '../validate/inspect-bundle.js'

/** The manifest that a plugin's code has of its own; undefined when it cannot be loaded. */
export async function codeManifest(folder: string, entrypoint: string): Promise<Manifest | undefined> {
  const { bundle } = await bundlePlugin(folder, entrypoint)
  if (bundle === undefined) return undefined
  const result = await inspectBundle(bundle, folder)
  return result.kind === 'manifest' ? inspectManifest(result.manifest).manifest : undefined
}
