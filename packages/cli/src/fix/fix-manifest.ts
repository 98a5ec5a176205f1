import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectManifest, type Manifest } from '@ops-center/plugin-sdk/manifest'
import { type Document, isSeq, parseDocument } from 'yaml'
import { bundlePlugin } from '../build/bundle-plugin.js'
import { inspectBundle } from '../validate/inspect-bundle.js'
import { loadPluginManifest } from '../validate/load-plugin-manifest.js'
import { fixHandlers } from './fix-handlers.js'
import { fixRoutes } from './fix-routes.js'
import { fixTasks } from './fix-tasks.js'

const SCHEMA_COMMENT =
  '# yaml-language-server: $schema=./node_modules/@ops-center/plugin-sdk/schema/plugin.schema.json\n'

/**
 * Brings `plugin.yaml` in line with what the code registers: hooks, filters, routes and tasks, and the comment that
 * gives editors completion. Comments and everything else of the author's stay. What cannot be read or loaded is left
 * alone: validating names it.
 *
 * @returns What was changed, in words.
 */
export async function fixManifest(folder: string): Promise<string[]> {
  const file = join(folder, 'plugin.yaml')
  const { loaded } = await loadPluginManifest(folder)
  if (loaded === undefined) return []
  const text = await readFile(file, 'utf8')
  const code = await manifestOfCode(folder, loaded.manifest)
  const document = parseDocument(text)
  const changes = code === undefined ? [] : fixLists(document, code)
  const fixed =
    changes.length === 0 ? text : document.toString({ lineWidth: 0, flowCollectionPadding: false })
  const isCommented = fixed.includes('yaml-language-server:')
  if (!isCommented) changes.push('added the comment that gives editors completion')
  if (changes.length > 0) await replaceFile(file, isCommented ? fixed : `${SCHEMA_COMMENT}${fixed}`)
  return changes
}

async function manifestOfCode(folder: string, { runtime }: Manifest): Promise<Manifest | undefined> {
  if (runtime.type !== 'node') return undefined
  const { bundle } = await bundlePlugin(folder, runtime.entrypoint)
  if (bundle === undefined) return undefined
  const result = await inspectBundle(bundle, folder)
  return result.kind === 'manifest' ? inspectManifest(result.manifest).manifest : undefined
}

function fixLists(document: Document, code: Manifest): string[] {
  const routes = document.has('api_routes') ? 'api_routes' : 'routes'
  const changes = [
    ...fixHandlers(
      document,
      'hooks',
      ['event', 'name'],
      code.hooks.map(({ event, ...rest }) => ({ on: event, ...rest })),
    ),
    ...fixHandlers(
      document,
      'filters',
      ['filter'],
      code.filters.map(({ filter, ...rest }) => ({ on: filter, ...rest })),
    ),
    ...fixRoutes(document, routes, code.routes),
    ...fixTasks(document, code.tasks),
  ]
  dropEmpty(document, ['hooks', 'filters', routes, 'tasks'])
  return changes
}

/** A list whose last entry was removed goes too. */
function dropEmpty(document: Document, lists: readonly string[]): void {
  for (const name of lists) {
    const list = document.get(name)
    if (isSeq(list) && list.items.length === 0) document.delete(name)
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.fixed`
  await writeFile(temporary, text)
  await rename(temporary, file)
}
