import { isSecretName, MASK } from '../logger/secrets.js'
import { isPlainObject } from '../manifest/plain-object.js'
import type { SchemaPlace } from './config-schema.js'
import type { ConfigValues } from './config-value.js'

/** Whether a value is a secret: the schema says so, or says nothing and the name looks like one. */
function isSecret(name: string, place: SchemaPlace, value: unknown): boolean {
  if (place.sensitive !== undefined) return place.sensitive
  return typeof value === 'string' && isSecretName(name)
}

/** Whether the path leads to, or into, a value the schema marks as sensitive or whose name says so. */
export function isSecretAt(steps: readonly string[], root: SchemaPlace): boolean {
  let place = root
  return steps.some((step) => {
    place = place.at(step)
    return isSecret(step, place, '')
  })
}

/** A copy of the values with secrets as `***`. Empty ones show as they are: that nothing is set is no secret. */
export function maskValues(values: ConfigValues, root: SchemaPlace): ConfigValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, maskValue(name, value, root.at(name))]),
  )
}

function maskValue(name: string, value: unknown, place: SchemaPlace): unknown {
  if (value === null || value === '') return value
  if (isSecret(name, place, value)) return MASK
  if (Array.isArray(value))
    return value.map((item, index) => maskValue(String(index), item, place.at(String(index))))
  return isPlainObject(value) ? maskValues(value, place) : value
}

/** Every secret text and number among the values, for the logger to mask. */
export function collectSecrets(values: unknown, root: SchemaPlace, within = false): string[] {
  if (typeof values === 'string' || typeof values === 'number') return within ? [String(values)] : []
  if (typeof values !== 'object' || values === null) return []
  return Object.entries(values).flatMap(([name, value]) => {
    const place = root.at(name)
    return collectSecrets(value, place, within || isSecret(name, place, value))
  })
}
