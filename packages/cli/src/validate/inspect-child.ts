import { pathToFileURL } from 'node:url'
import type { InspectMessage } from './inspect-bundle.js'

/** Runs in a process of its own: loads a bundle and tells the parent what manifest its plugin has. */
async function inspect(file: string): Promise<InspectMessage> {
  let loaded: Record<string, unknown>
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (error) {
    return { kind: 'threw', ...describe(error) }
  }
  const plugin = [loaded.default, loaded.plugin].find(hasManifest)
  if (plugin === undefined) return { kind: 'no_plugin', exports: Object.keys(loaded) }
  try {
    return { kind: 'manifest', manifest: JSON.parse(JSON.stringify(plugin.getManifest())) }
  } catch (error) {
    return { kind: 'threw', ...describe(error) }
  }
}

function hasManifest(value: unknown): value is { getManifest(): unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'getManifest' in value &&
    typeof value.getManifest === 'function'
  )
}

function describe(error: unknown): { message: string; stack: string } {
  if (!(error instanceof Error)) return { message: String(error), stack: '' }
  return { message: error.message, stack: error.stack ?? '' }
}

const [, , file] = process.argv
// The plugin may have started timers or servers at import; its answer is all that is wanted of it.
if (file !== undefined) process.send?.(await inspect(file), () => process.exit(0))
