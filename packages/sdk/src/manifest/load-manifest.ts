import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Document, isCollection, isMap, isPair, isScalar, LineCounter, parseDocument } from 'yaml'
import { errorMessage, OpsError } from '../errors.js'
import { MAX_MANIFEST_SIZE, nestingIssue, tooLarge } from './check-nesting.js'
import { ManifestError, type ManifestIssue } from './manifest-error.js'
import { type ManifestPath, parseManifestPath } from './manifest-path.js'
import type { Manifest } from './manifest-schema.js'
import { inspectManifest } from './parse-manifest.js'

/** A place in a file, counted from 1. */
export interface ManifestLocation {
  readonly line: number
  readonly column: number
}

/** A manifest together with where each of its values stands in the file. */
export interface LoadedManifest {
  readonly manifest: Manifest
  readonly warnings: readonly ManifestIssue[]
  /** Where a path (`hooks[0].event`) stands; for something that is missing, where it should have been. */
  locate(path: string): ManifestLocation
}

/** Nobody corrects more at once. */
const MAX_YAML_ISSUES = 20

/** Normalised key -> how an author may have written it. */
const SPELLINGS: Readonly<Record<string, string>> = {
  routes: 'api_routes',
  event: 'name',
  filter: 'name',
  slot: 'name',
  methods: 'method',
  minimum: 'min',
  maximum: 'max',
}

/**
 * Reads and checks a `plugin.yaml`.
 *
 * @throws ManifestError whose issues carry line and column; OpsError `manifest_unreadable` when there is no such file.
 * @example const { manifest, warnings } = await loadManifest('plugin.yaml')
 */
export async function loadManifest(file: string): Promise<LoadedManifest> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(file)
  } catch (error) {
    const message = `${file} cannot be read (${errorMessage(error)}): expected the plugin's manifest; create it with ops-center-plugin init`
    throw new OpsError('manifest_unreadable', message, { cause: error })
  }
  const name = basename(file)
  if (bytes.byteLength > MAX_MANIFEST_SIZE) throw new ManifestError([tooLarge(bytes.byteLength)], { file })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const issue = {
      path: '',
      message: `${name} is not UTF-8 text`,
      fix: 'Save it as UTF-8',
      line: 1,
      column: 1,
    }
    throw new ManifestError([issue], { file, cause: error })
  }
  return parseManifestText(text, file)
}

/**
 * Checks the text of a `plugin.yaml`, whoever wrote it: what is nested thousands deep or full of aliases is refused
 * before it costs time or stack. `file` is only used in messages.
 *
 * @throws ManifestError whose issues carry line and column.
 */
export function parseManifestText(text: string, file = 'plugin.yaml'): LoadedManifest {
  const hostile = nestingIssue(text)
  if (hostile !== undefined) throw new ManifestError([hostile], { file })
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const locate = (path: string): ManifestLocation => place(lines, offsetOf(document, parseManifestPath(path)))
  const located = (issue: ManifestIssue): ManifestIssue => ({ ...issue, ...locate(issue.path) })
  if (document.errors.length > 0) {
    const issues = document.errors.slice(0, MAX_YAML_ISSUES).map((error) => ({
      path: '',
      message: `The YAML cannot be read: ${error.message}`,
      fix: 'Check indentation, quotes and colons here',
      ...place(lines, error.pos[0]),
    }))
    throw new ManifestError(issues, { file })
  }
  const { manifest, issues, warnings } = inspectManifest(toData(document, file))
  if (manifest === undefined) {
    throw new ManifestError(issues.map(located), { file, warnings: warnings.map(located) })
  }
  return { manifest, warnings: warnings.map(located), locate }
}

function toData(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    const message = `The YAML cannot be used: ${errorMessage(error)}`
    throw new ManifestError(
      [{ path: '', message, fix: 'Write the values out instead of aliases', line: 1, column: 1 }],
      {
        file,
        cause: error,
      },
    )
  }
}

function place(lines: LineCounter, offset: number): ManifestLocation {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

/** Offset of the value at a path, of its key where the value is a collection, or of the nearest thing around it. */
function offsetOf(document: Document, path: ManifestPath): number {
  let node: unknown = document.contents
  let offset = startOf(node)
  for (const step of path) {
    if (isMap(node)) {
      const spellings = [step, SPELLINGS[String(step)]]
      const pair = node.items.find(({ key }) => isScalar(key) && spellings.includes(String(key.value)))
      if (pair === undefined) return offset
      node = pair.value
      offset = isCollection(node) || startOf(node) === 0 ? startOf(pair.key) : startOf(node)
    } else if (isCollection(node) && typeof step === 'number') {
      const item: unknown = node.items[step]
      if (item === undefined || isPair(item)) return offset
      node = item
      offset = startOf(node)
    } else return offset
  }
  return offset
}

function startOf(node: unknown): number {
  return (isScalar(node) || isCollection(node)) && node.range ? node.range[0] : 0
}
