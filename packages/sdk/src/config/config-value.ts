import { isPlainObject } from '../manifest/plain-object.js'
import { ConfigError } from './config-error.js'
import { formatPath, isForbiddenName } from './config-path.js'

/** Values of a configuration. */
export type ConfigValues = Readonly<Record<string, unknown>>

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'special object'}`
  return typeof value === 'number' || value === undefined ? String(value) : `a ${typeof value}`
}

/**
 * A copy of a value that YAML can carry.
 *
 * @throws ConfigError `config_value_invalid` naming the first part that is no text, number, flag, list or mapping.
 */
export function copyValue(
  value: unknown,
  steps: readonly string[],
  parents: readonly object[] = [],
): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const isContainer = Array.isArray(value) || isPlainObject(value)
  if (!isContainer || parents.includes(value)) {
    const found = isContainer ? 'contains itself' : `is ${describe(value)}`
    const message = `${found}: a config value is a text, number, true, false, null, list or mapping`
    throw new ConfigError('config_value_invalid', [{ path: formatPath(steps), message }])
  }
  const within = [...parents, value]
  if (Array.isArray(value))
    return value.map((item, index) => copyValue(item, [...steps, String(index)], within))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !isForbiddenName(name))
      .map(([name, item]) => [name, copyValue(item, [...steps, name], within)]),
  )
}

/** `upper` over `lower`: mappings are merged, anything else is replaced. Neither is changed. */
export function mergeValues(lower: ConfigValues, upper: ConfigValues): ConfigValues {
  const merged: Record<string, unknown> = { ...lower }
  for (const [name, value] of Object.entries(upper)) {
    if (value === undefined || isForbiddenName(name)) continue
    const below = Object.hasOwn(merged, name) ? merged[name] : undefined
    merged[name] = isPlainObject(below) && isPlainObject(value) ? mergeValues(below, value) : value
  }
  return merged
}

/** Freezes a value and everything in it. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const item of Object.values(value)) freezeDeep(item)
  return value
}
