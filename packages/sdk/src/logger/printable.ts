import { errorMessage } from '../errors.js'
import { isSecretName, MASK, type Secrets } from './secrets.js'

const MAX_DEPTH = 10
const MAX_ITEMS = 1_000

/** What may be printed, and how. */
export interface PrintRules {
  secrets: Secrets
  /** Further field names, in lower case, whose values are secrets. */
  secretNames: ReadonlySet<string>
}

/** Anything, as something JSON can carry and everybody may see. Never throws. */
export function printable(value: unknown, rules: PrintRules): unknown {
  return convert(value, rules, [])
}

function convert(value: unknown, rules: PrintRules, parents: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return rules.secrets.mask(value)
    case 'bigint':
    case 'symbol':
      return rules.secrets.mask(String(value))
    case 'function':
      return `[function ${value.name || 'anonymous'}]`
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'object':
      return value === null ? null : convertObject(value, rules, parents)
    default:
      return value
  }
}

function convertObject(value: object, rules: PrintRules, parents: readonly object[]): unknown {
  if (parents.includes(value)) return '[circular]'
  if (parents.length >= MAX_DEPTH) return Array.isArray(value) ? '[array]' : '[object]'
  const within = [...parents, value]
  try {
    if (value instanceof Error) return convertError(value, rules, within)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (value instanceof URL || value instanceof RegExp) return rules.secrets.mask(String(value))
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return `[${value.constructor.name} of ${value.byteLength} bytes]`
    }
    if (value instanceof Map) return convertEntries(value.entries(), value.size, rules, within)
    if (value instanceof Set || Array.isArray(value)) return convertItems([...value], rules, within)
    if ('toJSON' in value && typeof value.toJSON === 'function') return convert(value.toJSON(), rules, within)
    const names = Object.keys(value)
    return convertEntries(
      names.map((name) => [name, readProperty(value, name)] as const),
      names.length,
      rules,
      within,
    )
  } catch (error) {
    return `[unreadable: ${rules.secrets.mask(errorMessage(error))}]`
  }
}

function readProperty(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name)
  } catch (error) {
    return `[unreadable: ${errorMessage(error)}]`
  }
}

function convertItems(items: readonly unknown[], rules: PrintRules, parents: readonly object[]): unknown[] {
  const shown = items.slice(0, MAX_ITEMS).map((item) => convert(item, rules, parents) ?? null)
  return items.length <= MAX_ITEMS ? shown : [...shown, `[${items.length - MAX_ITEMS} more]`]
}

function convertEntries(
  entries: Iterable<readonly [unknown, unknown]>,
  size: number,
  rules: PrintRules,
  parents: readonly object[],
): Record<string, unknown> {
  const shown: [string, unknown][] = []
  for (const [key, value] of entries) {
    if (shown.length >= MAX_ITEMS) {
      shown.push(['[more]', size - MAX_ITEMS])
      break
    }
    const name = String(key)
    shown.push([name, hides(name, value, rules) ? MASK : convert(value, rules, parents)])
  }
  // fromEntries defines its properties, so that a field named __proto__ is one like any other.
  return Object.fromEntries(shown)
}

/** Counts such as `max_tokens: 100` and flags such as `has_password: true` tell no secret. */
function hides(name: string, value: unknown, rules: PrintRules): boolean {
  if (value === undefined || value === null || value === '' || typeof value === 'boolean') return false
  if (typeof value === 'number' && /tokens$/i.test(name)) return false
  return isSecretName(name, rules.secretNames)
}

function convertError(error: Error, rules: PrintRules, parents: readonly object[]): Record<string, unknown> {
  const { mask } = rules.secrets
  const more = convertEntries(
    Object.keys(error)
      .filter((name) => !['name', 'message', 'stack', 'cause'].includes(name))
      .map((name) => [name, readProperty(error, name)] as const),
    0,
    rules,
    parents,
  )
  return {
    name: mask(String(error.name)),
    message: mask(String(error.message)),
    ...more,
    ...(typeof error.stack === 'string' ? { stack: mask(error.stack) } : {}),
    ...(error.cause === undefined ? {} : { cause: convert(error.cause, rules, parents) }),
  }
}
