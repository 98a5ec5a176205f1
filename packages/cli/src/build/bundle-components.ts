import { join } from 'node:path'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { build } from 'esbuild'
import type { Finding } from '../validate/finding.js'
import { bundleProblems, ownFilesOf, toFinding } from './bundle-plugin.js'

/** Console components bundled for the browser. */
export interface ComponentBundles {
  /** Path in the package -> its bytes. */
  readonly files: ReadonlyMap<string, string>
  /** Component source -> path in the package. */
  readonly paths: ReadonlyMap<string, string>
  /** The author's own files that went in, relative to the plugin folder. */
  readonly ownFiles: readonly string[]
  readonly findings: readonly Finding[]
}

const SOURCE = /\.(?:[cm]?ts|tsx|jsx|mjs|js)$/

/** The components that `slots` names. */
export function componentsOf({ slots }: Manifest): string[] {
  return [...new Set(slots.flatMap(({ component }) => component ?? []))]
}

/** Bundles each of these components into one ES module of its own. */
export async function bundleComponents(
  folder: string,
  components: readonly string[],
): Promise<ComponentBundles> {
  const files = new Map<string, string>()
  const paths = new Map<string, string>()
  const ownFiles = new Set<string>()
  const findings: Finding[] = []
  for (const component of components.filter((name) => SOURCE.test(name))) {
    const path = component.replace(SOURCE, '.js')
    paths.set(component, path)
    try {
      const { outputFiles, metafile, warnings } = await buildComponent(folder, component)
      files.set(path, outputFiles[0]?.text ?? '')
      for (const file of ownFilesOf(metafile)) ownFiles.add(file)
      findings.push(...warnings.map((warning) => toFinding(warning, folder, 'warning')))
    } catch (error) {
      findings.push(...bundleProblems(error, folder))
    }
  }
  return { files, paths, ownFiles: [...ownFiles], findings }
}

function buildComponent(folder: string, component: string) {
  return build({
    absWorkingDir: folder,
    entryPoints: [join(folder, component)],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
}
