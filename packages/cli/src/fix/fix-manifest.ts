import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectManifest, ManifestError, parseManifestText } from '@ops-center/plugin-sdk/manifest'
import { type Document, parseDocument } from 'yaml'
import { CliError } from '../cli-error.js'
import { codeManifest } from './code-manifest.js'
import { fixLists } from './fix-lists.js'
import { repairKeys, repairValues } from './repair-values.js'

const SCHEMA_COMMENT =
  '# yaml-language-server: $schema=./node_modules/@ops-center/plugin-sdk/schema/plugin.schema.json\n'

/** What `validate --fix` did, in words. */
export interface FixReport {
  readonly changes: readonly string[]
  /** What somebody has to correct by hand; while there is any, nothing is changed. */
  readonly left: readonly string[]
}

/**
 * Brings `plugin.yaml` in line with the code: hooks, filters, routes and tasks, values that are missing or wrong, keys
 * with a slip in them, and the comment that gives editors completion. Comments and everything else of the author's
 * stay.
 */
export async function fixManifest(folder: string): Promise<FixReport> {
  const file = join(folder, 'plugin.yaml')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { changes: [], left: ['there is no plugin.yaml that could be read'] }
  const unreadable = whyUnreadable(text)
  if (unreadable !== undefined) return { changes: [], left: [unreadable] }
  const document = parseDocument(text)
  const changes = repairKeys(document)
  const code = await loadCode(folder, document)
  changes.push(...repairValues(document, inspectManifest(document.toJS()).issues, code))
  if (code !== undefined) changes.push(...fixLists(document, code))
  const { issues } = inspectManifest(document.toJS())
  if (issues.length > 0) return { changes: [], left: issues.map(({ message }) => message) }
  const fixed =
    changes.length === 0 ? text : document.toString({ lineWidth: 0, flowCollectionPadding: false })
  const isCommented = fixed.includes('yaml-language-server:')
  if (!isCommented) changes.push('added the comment that gives editors completion')
  if (changes.length > 0) await replaceFile(file, isCommented ? fixed : `${SCHEMA_COMMENT}${fixed}`)
  return { changes, left: [] }
}

/** What is wrong with the file as YAML, rather than with the values in it; an empty one can be filled. */
function whyUnreadable(text: string): string | undefined {
  if (text.trim() === '') return undefined
  try {
    parseManifestText(text)
    return undefined
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return error.issues.find(({ path }) => path === '')?.message
  }
}

async function loadCode(folder: string, document: Document) {
  if (document.getIn(['runtime', 'type']) === 'remote') return undefined
  const entrypoint = document.getIn(['runtime', 'entrypoint']) ?? 'main.ts'
  if (typeof entrypoint !== 'string') return undefined
  const found = await stat(join(folder, entrypoint)).catch(() => undefined)
  return found?.isFile() ? codeManifest(folder, entrypoint) : undefined
}

async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.fixed`
  try {
    await writeFile(temporary, text)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('manifest_unwritable', `plugin.yaml cannot be written: ${reason}`, {
      fix: 'Make the folder and plugin.yaml writable, or leave out --fix',
      cause: error,
    })
  }
}
