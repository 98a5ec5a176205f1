import { join } from 'node:path'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { build } from 'esbuild'
import { CliError } from '../cli-error.js'

/** Console components bundled for the browser. */
export interface ComponentBundles {
  /** Path in the package -> its bytes. */
  readonly files: ReadonlyMap<string, string>
  /** Component source -> path in the package. */
  readonly paths: ReadonlyMap<string, string>
}

const SOURCE = /\.(?:[cm]?ts|tsx|jsx|mjs|js)$/

/** Bundles each component that `slots` names into one ES module of its own. */
export async function bundleComponents(folder: string, { slots }: Manifest): Promise<ComponentBundles> {
  const files = new Map<string, string>()
  const paths = new Map<string, string>()
  for (const { component } of slots) {
    if (component === undefined || paths.has(component) || !SOURCE.test(component)) continue
    const path = component.replace(SOURCE, '.js')
    paths.set(component, path)
    files.set(path, await bundleComponent(folder, component))
  }
  return { files, paths }
}

async function bundleComponent(folder: string, component: string): Promise<string> {
  try {
    const result = await build({
      absWorkingDir: folder,
      entryPoints: [join(folder, component)],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      minify: true,
      charset: 'utf8',
      logLevel: 'silent',
      define: { 'process.env.NODE_ENV': '"production"' },
    })
    return result.outputFiles[0]?.text ?? ''
  } catch (error) {
    const [first] = error instanceof Error ? error.message.split('\n').slice(1) : []
    throw new CliError(
      'component_invalid',
      `${component} cannot be bundled: ${(first ?? String(error)).trim()}`,
      {
        fix: 'Correct the component, then build again',
        cause: error,
      },
    )
  }
}
