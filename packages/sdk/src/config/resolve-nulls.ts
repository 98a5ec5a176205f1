import { isPlainObject } from '../manifest/plain-object.js'
import type { SchemaPlace } from './config-schema.js'
import type { ConfigValues } from './config-value.js'

/**
 * Values without the empty ones (`smtp:` with nothing after it) that the schema has no place for: who leaves a line
 * empty wants the default, not an error.
 */
export function resolveNulls(values: ConfigValues, place: SchemaPlace): ConfigValues {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
      const inside = place.at(name)
      if (value === null && inside.types.size > 0 && !inside.types.has('null')) return []
      return [[name, isPlainObject(value) ? resolveNulls(value, inside) : value]]
    }),
  )
}
