import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'

/** Never part of a package, whatever the author's own rules say. */
const NEVER = [
  '.*',
  'node_modules',
  '/data/',
  '/dist/',
  '/coverage/',
  '*.tar.gz',
  '*.tgz',
  '*.sha256',
  '*.sig',
  '*.log',
  '*.tsbuildinfo',
]

/** Only needed to write the plugin, not to run it. */
const SOURCES = [
  '*.ts',
  '*.tsx',
  '*.mts',
  '*.cts',
  '*.test.*',
  '*.spec.*',
  '/test/',
  '/tests/',
  '__tests__/',
  'tsconfig*.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'biome.json',
  'eslint.config.*',
  'vitest.config.*',
]

/** Judges paths inside a plugin folder: relative, with forward slashes, folders with a slash at the end. */
export interface IgnoreRules {
  /** Left out and not looked into: dependencies, data, earlier builds, what `.gitignore` or `.opsignore` name. */
  readonly isIgnored: (path: string) => boolean
  /** Left out of the package although it belongs to the plugin: sources, tests, tool settings. */
  readonly isSource: (path: string) => boolean
  /** Named by `.gitignore` or `.opsignore`, so that neither a commit nor a package carries it. */
  readonly isIgnoredByAuthor: (path: string) => boolean
}

/** Reads `.gitignore` and `.opsignore` of a plugin folder. */
export async function readIgnoreRules(folder: string): Promise<IgnoreRules> {
  const author = ignore()
  for (const name of ['.gitignore', '.opsignore']) author.add(await readIfThere(join(folder, name)))
  return withRules(author, ignore().add(NEVER), ignore().add(SOURCES))
}

function withRules(author: Ignore, never: Ignore, sources: Ignore): IgnoreRules {
  return {
    isIgnored: (path) => never.ignores(path) || author.ignores(path),
    isSource: (path) => sources.ignores(path),
    isIgnoredByAuthor: (path) => author.ignores(path),
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR'))
      return ''
    throw error
  }
}
