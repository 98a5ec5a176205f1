import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { z } from 'zod'

const sourceMapSchema = z.looseObject({
  sources: z.array(z.string()),
  sourcesContent: z.array(z.string().nullable()).default([]),
})

/**
 * A source map whose sources do not tell where on this machine they were: own files relative, others by package.
 * Only own files keep their text: that of the dependencies would make most of the package.
 */
export function portableSourceMap(map: string, folder: string): string {
  const parsed = sourceMapSchema.parse(JSON.parse(map))
  const names = new Map<string, string>()
  const sources = parsed.sources.map((source) => portablePath(resolve(folder, source), folder, names))
  const sourcesContent = parsed.sourcesContent.map((text, index) =>
    sources[index]?.startsWith('node_modules/') ? null : text,
  )
  return JSON.stringify({ ...parsed, sources, sourcesContent })
}

function portablePath(file: string, folder: string, names: Map<string, string>): string {
  const own = relative(folder, file).split(sep).join('/')
  const installed = file.split(sep).join('/').split('/node_modules/')
  if (installed.length > 1) return `node_modules/${installed.at(-1)}`
  if (!own.startsWith('../')) return own
  const root = packageRoot(dirname(file))
  const name = names.get(root) ?? packageName(root)
  names.set(root, name)
  return `node_modules/${name}/${relative(root, file).split(sep).join('/')}`
}

/** The nearest folder above with a package.json: a package linked from elsewhere is named after it. */
function packageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  return parent === folder ? folder : packageRoot(parent)
}

function packageName(root: string): string {
  const file = join(root, 'package.json')
  if (!existsSync(file)) return 'linked'
  return z.looseObject({ name: z.string().default('linked') }).parse(JSON.parse(readFileSync(file, 'utf8')))
    .name
}
