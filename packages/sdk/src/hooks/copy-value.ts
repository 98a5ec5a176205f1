// Says that a value is more than small, plain data.
const OTHER = Symbol('other')
// Beyond these, structuredClone is as fast.
const MAX_OBJECTS = 32
const MAX_ITEMS = 32

/**
 * A deep copy, as `structuredClone` makes it. Small values of plain data (what JSON carries, the rule for events and
 * filters) are copied here, several times faster; everything else is left to `structuredClone`.
 *
 * @throws DataCloneError for functions and other things that cannot be copied.
 */
export function copyValue<Value>(value: Value): Value {
  const copy = copyPlain(value, { originals: [], copies: [] })
  // A copy has the type of what it was made from, which is more than the compiler can see.
  return copy === OTHER ? structuredClone(value) : (copy as Value)
}

/** What was copied so far: one object in two places is one object in the copy too, and a cycle comes to an end. */
interface Copied {
  readonly originals: object[]
  readonly copies: object[]
}

function copyPlain(value: unknown, copied: Copied): unknown {
  if (typeof value !== 'object')
    return typeof value === 'function' || typeof value === 'symbol' ? OTHER : value
  if (value === null) return null
  const index = copied.originals.indexOf(value)
  if (index !== -1) return copied.copies[index]
  if (copied.originals.length === MAX_OBJECTS) return OTHER
  if (Array.isArray(value)) return copyArray(value, copied)
  return isPlainObject(value) ? copyObject(value, copied) : OTHER
}

function isPlainObject(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype
}

function copyObject(value: Readonly<Record<string, unknown>>, copied: Copied): unknown {
  const copy: Record<string, unknown> = {}
  copied.originals.push(value)
  copied.copies.push(copy)
  for (const key of Object.keys(value)) {
    const member = copyPlain(value[key], copied)
    // To assign to this key would set the prototype.
    if (member === OTHER || key === '__proto__') return OTHER
    copy[key] = member
  }
  return copy
}

function copyArray(value: readonly unknown[], copied: Copied): unknown {
  if (value.length > MAX_ITEMS || !isDense(value)) return OTHER
  const copy: unknown[] = []
  copied.originals.push(value)
  copied.copies.push(copy)
  for (const item of value) {
    const member = copyPlain(item, copied)
    if (member === OTHER) return OTHER
    copy.push(member)
  }
  return copy
}

/** Whether an array has neither holes nor properties with a name, which come last. */
function isDense(value: readonly unknown[]): boolean {
  const keys = Object.keys(value)
  return keys.length === value.length && (keys.at(-1) ?? '-1') === String(value.length - 1)
}
