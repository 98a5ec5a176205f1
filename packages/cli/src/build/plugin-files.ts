import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { compareText } from '../validate/finding.js'
import { type IgnoreRules, readIgnoreRules } from './ignore-rules.js'

/** A file of a plugin folder; `path` is relative, with forward slashes. */
interface PluginFile {
  readonly path: string
  readonly size: number
  /** Needed to write the plugin, not to run it: not packed. */
  readonly isSource: boolean
}

export interface PluginFiles {
  readonly files: readonly PluginFile[]
  /** Links, sockets and pipes: never packed and never followed. */
  readonly refused: readonly { readonly path: string; readonly kind: string }[]
  /** `.env` files that nothing keeps out of version control. */
  readonly exposedEnvFiles: readonly string[]
}

/** Every file of a plugin folder that is not ignored, in one order on every machine. */
export async function listPluginFiles(folder: string): Promise<PluginFiles> {
  const rules = await readIgnoreRules(folder)
  const files: PluginFile[] = []
  const refused: { path: string; kind: string }[] = []
  const exposedEnvFiles: string[] = []
  await walk(folder, '', rules, async (path, entry) => {
    if (
      entry.isFile() &&
      /^\.env(\.|$)/.test(entry.name) &&
      !/\.(example|sample|template)$/.test(entry.name)
    ) {
      if (!rules.isIgnoredByAuthor(path)) exposedEnvFiles.push(path)
    }
    if (rules.isIgnored(path)) return
    if (!entry.isFile()) refused.push({ path, kind: kindOf(entry) })
    else {
      const { size } = await stat(join(folder, path))
      files.push({ path, size, isSource: rules.isSource(path) })
    }
  })
  files.sort((a, b) => compareText(a.path, b.path))
  return { files, refused, exposedEnvFiles }
}

async function walk(
  folder: string,
  inside: string,
  rules: IgnoreRules,
  visit: (path: string, entry: Dirent) => Promise<void>,
): Promise<void> {
  for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`
    if (!entry.isDirectory()) await visit(path, entry)
    else if (!rules.isIgnored(`${path}/`)) await walk(folder, path, rules, visit)
  }
}

function kindOf(entry: Dirent): string {
  if (entry.isSymbolicLink()) return 'a symbolic link'
  if (entry.isSocket()) return 'a socket'
  return entry.isFIFO() ? 'a named pipe' : 'a device'
}
