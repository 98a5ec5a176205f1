import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

/**
 * commander starts other programs for commands that are files of their own; here there are none, and Node takes longer
 * to load what it would need for that than all of the command line.
 */
const startNoPrograms = {
  name: 'start-no-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'when-needed' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'when-needed' }, ({ path }) => ({
      contents: `exports.spawn = (...args) => process.getBuiltinModule(${JSON.stringify(path)}).spawn(...args)`,
    }))
  },
}

/*
 * The command line again, in few files: what every call loads in one, what each command needs besides in others. It
 * is the difference between reading one file and reading hundreds. The folder lies as deep as those of the compiled
 * code, so that paths relative to a module lead to the same place.
 */
await rm(path('dist/bundle'), { recursive: true, force: true })
await build({
  entryPoints: [path('dist/run.js')],
  outdir: path('dist/bundle'),
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  mainFields: ['module', 'main'],
  // Finds its binary beside itself.
  external: ['esbuild', '@ops-center/server'],
  minify: true,
  plugins: [startNoPrograms],
  keepNames: true,
  legalComments: 'inline',
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module';const require = createRequireForBundle(import.meta.url);",
  },
})
