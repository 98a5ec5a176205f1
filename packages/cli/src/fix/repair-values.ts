import {
  type Manifest,
  type ManifestIssue,
  manifestSchema,
  nearestName,
} from '@ops-center/plugin-sdk/manifest'
import { coerce } from 'semver'
import { type Document, isMap, isScalar, isSeq } from 'yaml'

/** What code and manifest must say alike, so that either can be written from the other. */
const ALIKE = [
  'id',
  'name',
  'version',
  'description',
  'author',
  'type',
  'category',
  'license',
  'permissions',
] as const
const LISTS = ['hooks', 'filters', 'routes', 'api_routes', 'tasks']

/** Renames keys that are a known key but for a slip, where the known one is missing. */
export function repairKeys(document: Document): string[] {
  const { contents } = document
  if (!isMap(contents)) return []
  const known = Object.keys(manifestSchema.shape)
  return contents.items.flatMap(({ key }) => {
    if (!isScalar(key) || known.includes(String(key.value)) || LISTS.includes(String(key.value))) return []
    const name = String(key.value)
    const meant = nearestName(name, known)
    if (meant === undefined || contents.has(meant)) return []
    key.value = meant
    return [`renamed ${name} to ${meant}`]
  })
}

/**
 * Writes values that are missing or wrong as the code has them, and clears lists of what no list can hold; what the
 * lists should say instead is for others to write.
 */
export function repairValues(
  document: Document,
  issues: readonly ManifestIssue[],
  code: Manifest | undefined,
): string[] {
  const isEmpty = document.contents === null
  if (!isEmpty && !isMap(document.contents)) return []
  const wrong = new Set(issues.map(({ path }) => /^\w+/.exec(path)?.[0] ?? ''))
  const values = ALIKE.filter((name) => wrong.has(name) || (isEmpty && isSaid(code, name)))
  const lists = code === undefined ? [] : LISTS.filter((name) => wrong.has(name))
  return [
    ...values.flatMap((name) => repairValue(document, name, code)),
    ...lists.flatMap((name) => clearList(document, name)),
  ]
}

/** Whether the code gives a value that is more than the default. */
function isSaid(code: Manifest | undefined, name: (typeof ALIKE)[number]): boolean {
  const value = code?.[name]
  return value !== undefined && value.length > 0 && value !== 'other'
}

function repairValue(document: Document, name: (typeof ALIKE)[number], code: Manifest | undefined): string[] {
  const value = code?.[name] ?? (name === 'version' ? completeVersion(document) : undefined)
  if (value === undefined) return []
  document.set(name, document.createNode(value))
  return [`wrote ${name} ${JSON.stringify(value)}${code === undefined ? '' : ', as in the code'}`]
}

/** `1.0`, which YAML reads as a number, and `v1.2.3` leave no doubt about what is meant. */
function completeVersion(document: Document): string | undefined {
  const node = document.get('version', true)
  const written = isScalar(node) ? (node.source ?? String(node.value)) : ''
  return /^v?\d+(\.\d+){0,2}$/.test(written) ? coerce(written)?.version : undefined
}

function clearList(document: Document, name: string): string[] {
  const list = document.get(name)
  if (list === undefined) return []
  if (!isSeq(list)) {
    document.delete(name)
    return [`removed ${name}, which is not a list`]
  }
  const before = list.items.length
  list.items = list.items.filter(isMap)
  const gone = before - list.items.length
  return gone === 0 ? [] : [`removed what is no entry from ${name}`]
}
