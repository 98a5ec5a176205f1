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
  // No map: a plugin's process may not read it. Names are kept, so that stacks can be read all the same.
  minifySyntax: true,
  minifyWhitespace: true,
  // `ws` is CommonJS, and would look for native helpers, which a plugin's process may not load.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
  logLevel: 'warning',
})
