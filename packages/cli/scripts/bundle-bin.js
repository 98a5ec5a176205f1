import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/*
 * What every call of the command line loads first, in one file: the description of all commands. It is the difference
 * between reading one file and reading thirty. Each command's own code stays outside and is loaded when it runs.
 */
await build({
  entryPoints: [fileURLToPath(new URL('../dist/run.js', import.meta.url))],
  outfile: fileURLToPath(new URL('../dist/bin.mjs', import.meta.url)),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // The classes of errors must be the same ones that the commands throw, with the names they were given.
  external: ['./commands/*', './cli-error.js'],
  keepNames: true,
  legalComments: 'inline',
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module';const require = createRequireForBundle(import.meta.url);",
  },
})
