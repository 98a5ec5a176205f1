import { resolve } from 'node:path'
import type { LoadedManifest } from '@ops-center/plugin-sdk/manifest'
import { bundleComponents, type ComponentBundles, componentsOf } from '../build/bundle-components.js'
import { bundlePlugin, type PluginBundle } from '../build/bundle-plugin.js'
import { listPluginFiles, type PluginFiles } from '../build/plugin-files.js'
import { checkCode } from './check-code.js'
import { checkConfig } from './check-config.js'
import { checkFiles, checkKinds } from './check-files.js'
import { checkPermissions } from './check-permissions.js'
import { checkSecrets } from './check-secrets.js'
import { type Finding, sortFindings } from './finding.js'
import { loadPluginManifest } from './load-plugin-manifest.js'
import { readSources } from './read-sources.js'

/** What a look at a plugin found; the parts are there as far as checking came. */
export interface Validation {
  readonly folder: string
  readonly loaded: LoadedManifest | undefined
  readonly files: PluginFiles | undefined
  readonly bundle: PluginBundle | undefined
  readonly components: ComponentBundles | undefined
  readonly findings: readonly Finding[]
}

/**
 * Checks everything about a plugin folder and reports all of it.
 *
 * @throws CliError when there is no such folder.
 */
export async function validatePlugin(path: string): Promise<Validation> {
  const folder = resolve(path)
  const { loaded, exists, findings } = await loadPluginManifest(folder)
  const files = exists ? await listPluginFiles(folder) : undefined
  const nothing = { bundle: undefined, components: undefined }
  if (files === undefined) return { folder, loaded, files, ...nothing, findings }
  if (loaded === undefined) {
    const sources = await readSources(
      folder,
      files.files.map((file) => file.path),
    )
    const all = [...findings, ...checkKinds(files.refused), ...checkSecrets(sources)]
    return { folder, loaded, files, ...nothing, findings: sortFindings(all) }
  }
  const ofFiles = await checkFiles(folder, loaded, files)
  const bundled = hasEntrypoint(loaded, files, ofFiles)
    ? await bundlePlugin(folder, loaded.manifest.runtime.entrypoint)
    : undefined
  const isThere = (component: string) => files.files.some((file) => file.path === component)
  const components = await bundleComponents(folder, componentsOf(loaded.manifest).filter(isThere))
  const ownFiles = bundled?.bundle?.ownFiles ?? []
  const packed = files.files.filter(({ isSource }) => !isSource).map((file) => file.path)
  findings.push(
    ...ofFiles,
    ...(await checkConfig(folder, loaded)),
    ...(bundled?.findings ?? []),
    ...components.findings,
    ...checkPermissions(loaded, await readSources(folder, ownFiles)),
    ...checkSecrets(await readSources(folder, [...packed, ...ownFiles, ...components.ownFiles])),
    ...(bundled?.bundle === undefined ? [] : await checkCode(folder, loaded, bundled.bundle)),
  )
  return { folder, loaded, files, bundle: bundled?.bundle, components, findings: sortFindings(findings) }
}

/** A remote plugin may be written in any language; its code is looked at only when it is there. */
function hasEntrypoint({ manifest }: LoadedManifest, { files }: PluginFiles, findings: readonly Finding[]) {
  if (findings.some(({ rule }) => rule === 'entrypoint')) return false
  return manifest.runtime.type === 'node' || files.some(({ path }) => path === manifest.runtime.entrypoint)
}

/** Whether a report lets the plugin pass. */
export function isAcceptable(findings: readonly Finding[], strict: boolean): boolean {
  return !findings.some(({ severity }) => severity === 'error' || strict)
}
