import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildContext, type BuildOptions, context } from 'esbuild'
import { z } from 'zod'
import {
  type BundleResult,
  bundleOptions,
  bundleProblems,
  ownFilesOf,
  toFinding,
} from '../build/bundle-plugin.js'
import type { PackageEntry } from '../build/package-contents.js'
import { bundleVendored, importedVendors, importVendored } from './vendor-bundle.js'

/** Where the `t` key asks for a task: a route that only a plugin under `dev` has. */
export const RUN_TASK_ROUTE = '/_dev/tasks'

/** Bundles the same plugin again and again, each time only what changed. */
export interface DevBundler {
  bundle(entrypoint: string): Promise<BundleResult>
  /** What the latest bundle imports besides: the same files from save to save. */
  vendored(): Promise<readonly PackageEntry[]>
  dispose(): Promise<void>
}

/** Readable code, so that a debugger shows what the author wrote. */
export function createDevBundler(folder: string): DevBundler {
  let current: { entrypoint: string; build: BuildContext<ReturnType<typeof optionsFor>> } | undefined
  const dispose = async () => {
    await current?.build.dispose()
    current = undefined
  }
  const vendor = new Map<string, Promise<readonly PackageEntry[]>>()
  let imported: readonly string[] = []
  return {
    dispose,
    vendored() {
      const names = imported.join()
      const entries = vendor.get(names) ?? bundleVendored(folder, imported)
      vendor.set(names, entries)
      entries.catch(() => vendor.delete(names))
      return entries
    },
    async bundle(entrypoint) {
      if (current?.entrypoint !== entrypoint) {
        await dispose()
        current = { entrypoint, build: await context(optionsFor(folder, entrypoint)) }
      }
      try {
        const result = await current.build.rebuild()
        const text = (extension: string) =>
          result.outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? ''
        const ownFiles = ownFilesOf(result.metafile)
        imported = importedVendors(result.metafile)
        const bundle = {
          code: text('main.js'),
          map: await localSourceMap(text('main.js.map'), folder, ownFiles),
          ownFiles,
          sizes: {},
        }
        return { bundle, findings: result.warnings.map((warning) => toFinding(warning, folder, 'warning')) }
      } catch (error) {
        return { bundle: undefined, findings: bundleProblems(error, folder) }
      }
    },
  }
}

function optionsFor(folder: string, entrypoint: string) {
  return {
    ...bundleOptions(folder),
    sourcesContent: false,
    plugins: [importVendored(folder)],
    stdin: {
      contents: wrapper(entrypoint),
      resolveDir: folder,
      sourcefile: 'ops-center-dev.js',
      loader: 'js',
    },
  } as const satisfies BuildOptions
}

/** The plugin as it is, with one more route. */
function wrapper(entrypoint: string): string {
  return `import * as loaded from ${JSON.stringify(`./${entrypoint}`)}
const plugin = Object.values(loaded).find((value) => typeof value?.createApp === 'function')
plugin?.route('${RUN_TASK_ROUTE}/:name', { methods: ['POST'], name: 'runTaskForDev' }, async ({ params, body }) => ({
  task_id: await plugin.scheduler.runAt(new Date(), params.name, { args: body ?? undefined }),
}))
export default plugin
`
}

const sourceMapSchema = z.looseObject({ sources: z.array(z.string()) })

/** Sources as addresses of the author's own files, so that breakpoints and stack traces point there. */
async function localSourceMap(map: string, folder: string, ownFiles: readonly string[]): Promise<string> {
  const parsed = sourceMapSchema.parse(JSON.parse(map))
  const own = new Set(ownFiles.map((path) => resolve(folder, path)))
  const files = parsed.sources.map((source) => resolve(folder, source))
  const sourcesContent = await Promise.all(
    files.map((file) => (own.has(file) ? readFile(file, 'utf8').catch(() => null) : null)),
  )
  return JSON.stringify({ ...parsed, sources: files.map((file) => pathToFileURL(file).href), sourcesContent })
}
