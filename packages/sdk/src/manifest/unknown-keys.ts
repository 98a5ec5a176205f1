import * as z from 'zod'
import type { ManifestIssue } from './manifest-error.js'
import { formatManifestPath, type ManifestPath } from './manifest-path.js'
import { manifestSchema } from './manifest-schema.js'
import { nearestName } from './nearest-name.js'
import { isPlainObject } from './plain-object.js'

/** The warning for a key nobody reads, with the known key it most resembles. */
export function describeUnknownKey(parent: ManifestPath, key: string): ManifestIssue {
  const path = formatManifestPath([...parent, key])
  const known = knownKeys(parent)
  const nearest = nearestName(key, known)
  return {
    path,
    message: `${path} is not a known key and is ignored`,
    fix:
      nearest === undefined
        ? `Remove it; known keys here: ${known.join(', ')}`
        : `Did you mean "${nearest}"?`,
  }
}

/** A copy of a value without the keys at the given places. */
export function withoutKeys(value: unknown, places: readonly (readonly PropertyKey[])[]): unknown {
  if (places.length === 0) return value
  const below = (step: PropertyKey) =>
    places.filter((place) => place.length > 1 && place[0] === step).map((place) => place.slice(1))
  if (Array.isArray(value)) return value.map((item, index) => withoutKeys(item, below(index)))
  if (!isPlainObject(value)) return value
  const gone = new Set(places.filter((place) => place.length === 1).map((place) => place[0]))
  const kept = Object.entries(value).filter(([key]) => !gone.has(key))
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutKeys(item, below(key))]))
}

function knownKeys(path: ManifestPath): string[] {
  let schema: unknown = manifestSchema
  for (const step of path) {
    const inside = unwrap(schema)
    if (inside instanceof z.ZodArray) schema = inside.element
    else if (inside instanceof z.ZodObject) schema = inside.shape[step]
  }
  const object = unwrap(schema)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

function unwrap(schema: unknown): unknown {
  let current = schema
  while (
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault ||
    current instanceof z.ZodOptional
  ) {
    current = current.unwrap()
  }
  return current
}
