import { isAbsolute, join, relative, sep } from 'node:path'
import { type BuildOptions, build, type Message, type Metafile } from 'esbuild'
import type { Finding } from '../validate/finding.js'
import { portableSourceMap } from './portable-source-map.js'

/** A plugin's code in one file, ready to run without `node_modules`. */
export interface PluginBundle {
  readonly code: string
  readonly map: string
  /** The author's own files that went in, relative to the plugin folder. */
  readonly ownFiles: readonly string[]
  /** Bytes by package: the author's own under `.`. */
  readonly sizes: Readonly<Record<string, number>>
}

export type BundleResult =
  | { readonly bundle: PluginBundle; readonly findings: readonly Finding[] }
  | { readonly bundle: undefined; readonly findings: readonly Finding[] }

/** CommonJS dependencies call `require`, which an ES module does not have. */
const REQUIRE_BANNER =
  "import { createRequire as createRequireForBundle } from 'node:module';const require = createRequireForBundle(import.meta.url);"

/** How every bundle of a plugin's code is made. */
export function bundleOptions(folder: string) {
  return {
    absWorkingDir: folder,
    outfile: join(folder, 'main.js'),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    // A handler's name is its function's name: renaming functions would change the manifest.
    keepNames: true,
    legalComments: 'inline',
    charset: 'utf8',
    banner: { js: REQUIRE_BANNER },
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
  } as const satisfies BuildOptions
}

/**
 * Bundles an entrypoint with everything it imports. Output bytes depend on the sources alone, not on where they
 * are: minifying drops the comments in which esbuild names paths, and the source map gets portable paths.
 */
export async function bundlePlugin(folder: string, entrypoint: string): Promise<BundleResult> {
  try {
    const result = await build({
      ...bundleOptions(folder),
      entryPoints: [join(folder, entrypoint)],
      minify: true,
    })
    const text = (extension: string) =>
      result.outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? ''
    const bundle = {
      code: text('main.js'),
      map: portableSourceMap(text('main.js.map'), folder),
      ownFiles: ownFilesOf(result.metafile),
      sizes: sizesOf(result.metafile),
    }
    return { bundle, findings: result.warnings.map((warning) => toFinding(warning, folder, 'warning')) }
  } catch (error) {
    return { bundle: undefined, findings: bundleProblems(error, folder) }
  }
}

/** What esbuild could not do, as findings; anything else that was thrown is thrown on. */
export function bundleProblems(error: unknown, folder: string): Finding[] {
  if (!(error instanceof Error && 'errors' in error && Array.isArray(error.errors))) throw error
  return error.errors.map((message: Message) => toFinding(message, folder, 'error'))
}

export function toFinding(
  { text, location, notes }: Message,
  folder: string,
  severity: Finding['severity'],
): Finding {
  const missing = /^Could not resolve "([^"]+)"/.exec(text)?.[1]
  const fix =
    missing === undefined
      ? (notes[0]?.text ?? 'Correct the code here')
      : /^[./]/.test(missing)
        ? `Create the file, or correct the path`
        : `Run npm install in the plugin folder, or add ${missing} to its dependencies`
  return {
    severity,
    rule: 'bundle',
    ...(location === null ? {} : placeIn(folder, location)),
    message: text,
    fix,
  }
}

function placeIn(folder: string, { file, line, column }: { file: string; line: number; column: number }) {
  const path = isAbsolute(file) ? relative(folder, file) : file
  return { file: path.split(sep).join('/'), line, column: column + 1 }
}

export function ownFilesOf(metafile: Metafile): string[] {
  return Object.keys(metafile.inputs)
    .filter((path) => !path.includes('node_modules/') && !path.startsWith('../') && !path.includes(':'))
    .sort()
}

function sizesOf(metafile: Metafile): Record<string, number> {
  const sizes: Record<string, number> = {}
  const output = Object.entries(metafile.outputs).find(([path]) => path.endsWith('main.js'))?.[1]
  for (const [path, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const owner = packageOf(path)
    sizes[owner] = (sizes[owner] ?? 0) + bytesInOutput
  }
  return sizes
}

function packageOf(path: string): string {
  const inside = path.split('node_modules/').at(-1) ?? ''
  if (inside === path) return path.startsWith('../') ? 'linked packages' : '.'
  const [first = '', second = ''] = inside.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}
