type JsonObject = Record<string, unknown>

/**
 * A configuration with changes merged in, as JSON Merge Patch does (RFC 7396): objects merge, `null` removes, everything
 * else replaces.
 */
export function mergeConfig(config: JsonObject, changes: JsonObject): JsonObject {
  const merged: JsonObject = { ...config }
  for (const [key, value] of Object.entries(changes)) {
    const former = merged[key]
    if (value === null) delete merged[key]
    else if (isObject(value)) merged[key] = mergeConfig(isObject(former) ? former : {}, value)
    else merged[key] = value
  }
  return merged
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
