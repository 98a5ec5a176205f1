import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildPackage } from '../registry/build-archive.js'

/** A plugin as a test writes it: its manifest, and the body of its code. */
export interface PluginSource extends Record<string, unknown> {
  id: string
  version?: string
  permissions?: string[]
  /** What follows `const plugin = new Plugin(...)`. */
  code: string
}

/** The package of a plugin, bundled with the SDK as the CLI does it. */
export async function buildPlugin({ code, ...manifest }: PluginSource): Promise<Buffer> {
  const { id, version = '1.0.0', permissions = [] } = manifest
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { HttpError, Plugin } from '@ops-center/plugin-sdk'
        const plugin = new Plugin(${JSON.stringify({ id, name: id, version, permissions })})
        ${code}
        export default plugin`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
  return buildPackage({ ...manifest, code: outputFiles[0]?.text ?? '' })
}
