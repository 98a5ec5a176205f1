import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')

/** The plugin that the quick start publishes. */
export const EXAMPLE_FOLDER = join(ROOT, 'examples', 'device-anomaly-detector')

/** The command `ops-center`. */
export const SERVER_BINARY = binaryOf('@ops-center/server', 'ops-center.js')

/** The command `ops-center-plugin`. */
export const CLI_BINARY = binaryOf('@ops-center/plugin-cli', 'ops-center-plugin.js')

function binaryOf(packageName: string, file: string): string {
  return join(dirname(require.resolve(`${packageName}/package.json`)), 'bin', file)
}
