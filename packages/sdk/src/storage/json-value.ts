import { OpsError } from '../errors.js'

/** A value contains something JSON cannot carry. `path` names the place, such as `value.readings[3].at`. */
export class NotJsonError extends OpsError {
  readonly path: string

  constructor(code: string, path: string, found: string, fix: string) {
    super(code, `${path} is ${found}, which JSON cannot carry: ${fix}`)
    this.path = path
  }
}

// Deeper values overflow the stack of JSON.stringify, here or in whoever reads them.
const MAX_DEPTH = 1000

interface Walk {
  readonly code: string
  readonly ancestors: object[]
  negativeZero: boolean
}

/**
 * JSON text that reads back as exactly the same value.
 *
 * @param root what the value is called in messages.
 * @param code the error code to throw with.
 * @throws NotJsonError for NaN, infinities, `undefined`, dates, maps, class instances, functions, cycles and the like.
 * @example encodeJson({ level: 41.5 }) // '{"level":41.5}'
 */
export function encodeJson(value: unknown, root = 'value', code = 'storage_value_invalid'): string {
  const walk: Walk = { code, ancestors: [], negativeZero: false }
  check(value, root, walk)
  return walk.negativeZero ? stringifyExactly(value) : JSON.stringify(value)
}

function check(value: unknown, path: string, walk: Walk): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new NotJsonError(walk.code, path, String(value), 'use null or a string')
    if (Object.is(value, -0)) walk.negativeZero = true
    return
  }
  if (typeof value !== 'object') throw new NotJsonError(walk.code, path, ...primitiveProblem(value))
  if (walk.ancestors.includes(value)) {
    throw new NotJsonError(
      walk.code,
      path,
      'a reference back to an object that contains it',
      'remove the cycle',
    )
  }
  if (walk.ancestors.length >= MAX_DEPTH) {
    throw new NotJsonError(walk.code, path, `nested deeper than ${MAX_DEPTH} levels`, 'flatten it')
  }
  walk.ancestors.push(value)
  if (Array.isArray(value)) checkArray(value, path, walk)
  else checkObject(value, path, walk)
  walk.ancestors.pop()
}

function checkArray(array: readonly unknown[], path: string, walk: Walk): void {
  for (const [index, item] of array.entries()) check(item, `${path}[${index}]`, walk)
  const extra = Object.keys(array)[array.length]
  if (extra !== undefined) {
    throw new NotJsonError(walk.code, `${path}.${extra}`, 'a named property of an array', 'use an object')
  }
}

function checkObject(object: object, path: string, walk: Walk): void {
  const prototype: unknown = Object.getPrototypeOf(object)
  // A plain object of another realm (a worker, vm, a test runner) has a foreign Object.prototype.
  const plain =
    prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null)
  if (!plain) throw new NotJsonError(walk.code, path, ...instanceProblem(object))
  if (Object.getOwnPropertySymbols(object).length > 0) {
    throw new NotJsonError(walk.code, path, 'an object with a symbol as key', 'use strings as keys')
  }
  for (const [key, item] of Object.entries(object)) check(item, memberPath(path, key), walk)
}

function memberPath(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
}

function primitiveProblem(value: unknown): [found: string, fix: string] {
  if (value === undefined) return ['undefined', 'leave it out or use null']
  if (typeof value === 'bigint') return ['a bigint', 'use String(value)']
  return [`a ${typeof value}`, 'leave it out']
}

function instanceProblem(object: object): [found: string, fix: string] {
  if (object instanceof Date) return ['a Date', 'use date.toISOString()']
  if (object instanceof Map) return ['a Map', 'use Object.fromEntries(map)']
  if (object instanceof Set) return ['a Set', 'use [...set]']
  return [
    `an instance of ${object.constructor?.name || 'a class'}`,
    'use a plain object, array, string or number',
  ]
}

/** JSON.stringify writes -0 as 0; JSON itself can say -0, so only this rare case pays for a slower writer. */
function stringifyExactly(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (Array.isArray(value)) return `[${value.map(stringifyExactly).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${stringifyExactly(item)}`,
  )
  return `{${members.join(',')}}`
}
