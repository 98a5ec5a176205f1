import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
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

/** The vendored packages as files beside `main.js`, sharing what they have in common. */
export async function bundleVendored(folder: string): Promise<PackageEntry[]> {
  const { outfile: _, sourcemap: _map, metafile: _meta, ...options } = bundleOptions(folder)
  const { outputFiles } = await build({
    ...options,
    entryPoints: vendoredIn(folder).map((name) => ({ in: name, out: fileOf(name).replace(/\.js$/, '') })),
    outdir: join(folder, 'vendor'),
    chunkNames: 'vendor-[hash]',
    splitting: true,
    minify: true,
  })
  return outputFiles.map(({ path, contents }) => ({ path: basename(path), content: Buffer.from(contents) }))
}
