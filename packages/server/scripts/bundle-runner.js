import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

await build({
  entryPoints: [inPackage('src/host/runner/main.ts')],
  outfile: inPackage('dist/host/runner.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
})
