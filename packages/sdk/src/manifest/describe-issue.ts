import type * as z from 'zod'
import { PERSONAL_PERMISSIONS } from '../vocabulary.js'
import { FIELD_GUIDE, type FieldGuide } from './field-guide.js'
import type { ManifestIssue } from './manifest-error.js'
import { formatManifestPath, type ManifestPath } from './manifest-path.js'
import { nearestName } from './nearest-name.js'
import { isPlainObject } from './plain-object.js'

/** What a schema mismatch means to the author: the value found, what was expected and what to write instead. */
export function describeIssue(issue: z.core.$ZodIssue, manifest: unknown): ManifestIssue {
  const steps = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  const path = formatManifestPath(steps)
  const subject = path === '' ? 'the manifest' : path
  const guide = FIELD_GUIDE[guideKey(steps)]
  const value = valueAt(manifest, steps)
  if (guide === undefined) return { path, message: `${subject}: ${issue.message}`, fix: 'Correct this value' }
  if (value === undefined) return { path, message: `${subject} is missing`, fix: `Add ${guide.example}` }
  return {
    path,
    message: `${subject} is ${describeValue(value)}: expected ${guide.expected}`,
    fix: fixFor(guide, value),
  }
}

/** A value in a few words, short enough for one line: `"banana"`, `the number 1`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isPlainObject(value)) return 'a mapping'
  if (typeof value !== 'string') return `the ${typeof value} ${String(value)}`
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
}

function fixFor(guide: FieldGuide, value: unknown): string {
  if (guide.choices !== undefined && typeof value === 'string') {
    if (PERSONAL_PERMISSIONS.some((permission) => permission === value)) {
      return `"${value}" is for people's keys, never for a plugin; remove it`
    }
    const nearest = nearestName(value, guide.choices)
    if (nearest !== undefined) return `Did you mean "${nearest}"?`
  }
  return `For example ${guide.example}`
}

/** The guide's key of a path: `hooks[0].event` is explained by `hooks[].event`. */
function guideKey(steps: ManifestPath): string {
  if (steps[0] === 'dependencies' && steps[1] === 'plugins' && steps.length > 2)
    return 'dependencies.plugins[]'
  let key = ''
  for (const step of steps) key += typeof step === 'number' ? '[]' : key === '' ? step : `.${step}`
  return key
}

function valueAt(value: unknown, steps: ManifestPath): unknown {
  let current = value
  for (const step of steps) {
    if (Array.isArray(current) && typeof step === 'number') current = current[step]
    else if (isPlainObject(current) && Object.hasOwn(current, step)) current = current[String(step)]
    else return undefined
  }
  return current
}
