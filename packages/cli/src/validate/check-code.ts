import { compareManifests, inspectManifest, type LoadedManifest } from '@ops-center/plugin-sdk/manifest'
import type { PluginBundle } from '../build/bundle-plugin.js'
import { positionInStack } from './code-position.js'
import type { Finding } from './finding.js'
import { type InspectResult, inspectBundle } from './inspect-bundle.js'

/** Loads the code and compares what it registers with what `plugin.yaml` promises. */
export async function checkCode(
  folder: string,
  { manifest, locate }: LoadedManifest,
  bundle: PluginBundle,
): Promise<Finding[]> {
  const entrypoint = manifest.runtime.entrypoint
  const result = await inspectBundle(bundle, folder)
  if (result.kind !== 'manifest') return [describeFailure(result, entrypoint, bundle)]
  const fromCode = inspectManifest(result.manifest)
  if (fromCode.manifest === undefined) {
    return fromCode.issues.map(({ message, fix }) => ({
      severity: 'error',
      rule: 'code',
      file: entrypoint,
      message: `In the code, ${message}`,
      fix,
    }))
  }
  return compareManifests(fromCode.manifest, manifest).map(({ path, ...difference }) => ({
    ...difference,
    rule: 'code-manifest',
    file: 'plugin.yaml',
    ...locate(path),
  }))
}

function describeFailure(
  result: Exclude<InspectResult, { kind: 'manifest' }>,
  entrypoint: string,
  bundle: PluginBundle,
): Finding {
  const base = { severity: 'error', rule: 'load', file: entrypoint } as const
  switch (result.kind) {
    case 'no_plugin': {
      const found = result.exports.length === 0 ? 'nothing' : result.exports.join(', ')
      const message = `${entrypoint} exports ${found}: expected a Plugin as "plugin" or as the default`
      return { ...base, message, fix: 'Add: export const plugin = new Plugin({ ... })' }
    }
    case 'timed_out': {
      const message = `${entrypoint} was still loading after ${result.limit / 1_000} s`
      return { ...base, message, fix: 'Do no work at import; start it in plugin.onEnable()' }
    }
    case 'exited': {
      const said = lastLine(result.stderr)
      const message = `${entrypoint} ended the process while loading (exit code ${result.code ?? 'none'})${said}`
      return { ...base, message, fix: 'Do not call process.exit() at import' }
    }
    case 'threw': {
      const position = positionInStack(result.stack, bundle.ownFiles)
      const message = `Loading ${entrypoint} failed: ${result.message.replace(/\s*\n\s*/g, ' ')}`
      return { ...base, ...position, message, fix: 'Correct the code here, then validate again' }
    }
  }
}

function lastLine(stderr: string): string {
  const line = stderr.split('\n').findLast((text) => text.trim() !== '')
  return line === undefined ? '' : `: ${line.trim().slice(0, 200)}`
}
