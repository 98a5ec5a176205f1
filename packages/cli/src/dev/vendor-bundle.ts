import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { bundleOptions } from '../build/bundle-plugin.js'
import type { PackageEntry } from '../build/package-contents.js'

/** Large, and the same from save to save: bundled once for a session, beside the author's own code. */
const VENDORED = ['@ops-center/plugin-sdk', 'zod']

const fileOf = (name: string) => `vendor-${basename(name)}.js`

/** Those of them that a plugin folder has. */
function vendoredIn(folder: string): string[] {
  const { resolve } = createRequire(join(folder, 'package.json'))
  return VENDORED.filter((name) => {
    try {
      return resolve(name) !== ''
    } catch {
      return false
    }
  })
}

/** Leaves the vendored packages out of the bundle of every save; dependencies keep what they brought along. */
export function importVendored(folder: string): Plugin {
  const names = vendoredIn(folder)
  return {
    name: 'import-vendored',
    setup({ onResolve }) {
      onResolve({ filter: /^(?:@ops-center\/plugin-sdk|zod)$/ }, ({ path, importer }) =>
        names.includes(path) && !importer.includes('node_modules')
          ? { path: `./${fileOf(path)}`, external: true }
          : undefined,
      )
    },
  }
}

/** Those that a bundle imports: the author's code may do without. */
export function importedVendors({ outputs }: Metafile): string[] {
  const paths = new Set(Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path)))
  return VENDORED.filter((name) => paths.has(`./${fileOf(name)}`))
}

/** The named packages as files beside `main.js`, sharing what they have in common; the less, the sooner it runs. */
export async function bundleVendored(folder: string, names: readonly string[]): Promise<PackageEntry[]> {
  if (names.length === 0) return []
  const { outfile: _, sourcemap: _map, metafile: _meta, ...options } = bundleOptions(folder)
  const { outputFiles } = await build({
    ...options,
    entryPoints: names.map((name) => ({ in: name, out: fileOf(name).replace(/\.js$/, '') })),
    outdir: join(folder, 'vendor'),
    chunkNames: 'vendor-[hash]',
    splitting: true,
    minify: true,
  })
  return outputFiles.map(({ path, contents }) => ({ path: basename(path), content: Buffer.from(contents) }))
}
