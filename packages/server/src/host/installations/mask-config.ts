import { type ConfigSchema, type SchemaPlace, schemaRoot } from '@ops-center/plugin-sdk/manifest'
import { HttpProblem } from '../../http/http-problem.js'

type JsonObject = Record<string, unknown>

/** What is shown in place of a secret; sent back, it means "as it was". */
const MASK = '***'

/** A configuration to show: what its schema marks as `sensitive` is masked, however deep it lies. */
export function maskConfig(schema: ConfigSchema | undefined, config: JsonObject): JsonObject {
  return maskValues(schemaRoot(schema), config)
}

/**
 * Changes with the stored secrets in place of the masks that came back as they were shown. In a list, an item that is
 * otherwise as it was shown keeps its secrets wherever it is now; one that was changed keeps those of its place, while the
 * list is as long as it was.
 *
 * @throws HttpProblem 422 naming each mask that no stored secret belongs to.
 */
export function restoreSecrets(
  schema: ConfigSchema | undefined,
  changes: JsonObject,
  stored: JsonObject,
): JsonObject {
  const restoring = new Restoring()
  const restored = restoring.objectAt(schemaRoot(schema), changes, stored, '/config')
  const { missing } = restoring
  if (missing.length === 0) return restored
  const detail = `"${MASK}" stands for a stored secret, and none belongs there: give the secret itself`
  throw new HttpProblem(422, `${missing[0]}: ${detail}`, {
    errors: missing.map((pointer) => ({ pointer, detail })),
  })
}

function maskValues(place: SchemaPlace, values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, maskValue(place.at(name), value)]),
  )
}

function maskValue(place: SchemaPlace, value: unknown): unknown {
  if (place.sensitive) return MASK
  if (Array.isArray(value)) return value.map((item, index) => maskValue(place.at(String(index)), item))
  return isObject(value) ? maskValues(place, value) : value
}

/** Puts secrets back, and notes where none was to be found. */
class Restoring {
  readonly missing: string[] = []

  objectAt(place: SchemaPlace, given: JsonObject, stored: unknown, pointer: string): JsonObject {
    const former = isObject(stored) ? stored : {}
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => {
        const was = Object.hasOwn(former, name) ? former[name] : undefined
        const step = name.replaceAll('~', '~0').replaceAll('/', '~1')
        return [name, this.#valueAt(place.at(name), value, was, `${pointer}/${step}`)]
      }),
    )
  }

  #valueAt(place: SchemaPlace, value: unknown, stored: unknown, pointer: string): unknown {
    if (place.sensitive) {
      if (value !== MASK) return value
      if (stored === undefined) this.missing.push(pointer)
      return stored
    }
    if (Array.isArray(value)) return this.#itemsAt(place, value, Array.isArray(stored) ? stored : [], pointer)
    return isObject(value) ? this.objectAt(place, value, stored, pointer) : value
  }

  #itemsAt(place: SchemaPlace, given: unknown[], stored: unknown[], pointer: string): unknown[] {
    const shown = stored.map((item, index) => keyOf(maskValue(place.at(String(index)), item)))
    const keys = given.map(keyOf)
    const counterparts = placesOf(shown)
    const alike = placesOf(keys)
    const passed = new Map<string, number>()
    return given.map((item, index) => {
      const key = keys[index] ?? ''
      const turn = passed.get(key) ?? 0
      passed.set(key, turn + 1)
      const same = counterparts.get(key)
      // Where as many look the same as before, they are the same in their order.
      if (same && same.length === alike.get(key)?.length) return stored[same[turn] ?? index]
      const isInPlace = shown[index] === key || !alike.has(shown[index] ?? '')
      const isKept = given.length === stored.length && isInPlace
      const former = isKept ? stored[index] : undefined
      return this.#valueAt(place.at(String(index)), item, former, `${pointer}/${index}`)
    })
  }
}

/** Where each text is in a list. */
function placesOf(texts: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [index, text] of texts.entries()) {
    const found = places.get(text)
    if (found) found.push(index)
    else places.set(text, [index])
  }
  return places
}

/** The same text for values that are the same, whatever the order of their fields. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
